//! Single blocks of AES, in which SIP022 and SIP023 encrypt headers.

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

/// A block's length, in bytes.
pub(super) const BLOCK: usize = 16;

/// Encrypts a block with AES-128 or AES-256, as the key's length says.
pub(super) fn encrypt(key: &[u8], block: &mut [u8; BLOCK]) {
    if let Ok(cipher) = aes::Aes128::new_from_slice(key) {
        cipher.encrypt_block(block.into());
    } else if let Ok(cipher) = aes::Aes256::new_from_slice(key) {
        cipher.encrypt_block(block.into());
    }
}

/// Decrypts it.
pub(super) fn decrypt(key: &[u8], block: &mut [u8; BLOCK]) {
    if let Ok(cipher) = aes::Aes128::new_from_slice(key) {
        cipher.decrypt_block(block.into());
    } else if let Ok(cipher) = aes::Aes256::new_from_slice(key) {
        cipher.decrypt_block(block.into());
    }
}
