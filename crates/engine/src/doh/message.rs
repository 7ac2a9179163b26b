//! Questions and answers in DNS's own form (RFC 1035), as RFC 8484 sends them.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use simple_dns::rdata::{OPT, OPTCode, RData};
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, TYPE};

/// So many bytes a question is filled up to, or a multiple of them: its length tells nothing of the name (RFC 8467, 4.1).
const BLOCK: usize = 128;
/// The option that does it (RFC 7830, 3), and the bytes before its filling.
const PADDING: u16 = 12;
/// What a resolver may send over UDP. It says nothing here, but the field has to say something (RFC 6891, 6.2.3).
const OVER_UDP: u16 = 1232;
/// An alias of an alias, and so on, is followed so often.
const MOST_ALIASES: usize = 8;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
}

/// The addresses of a name, and for how long they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Addresses {
    pub(super) found: Vec<IpAddr>,
    pub(super) ttl: Duration,
}

/// A question for the addresses of a name. `None` where it is no name that DNS could have.
pub(super) fn question(name: &str, kind: Kind) -> Option<Vec<u8>> {
    // The same question is always the same bytes (RFC 8484, 4.1), so there is no number in it.
    let mut packet = Packet::new_query(0);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    packet.questions.push(Question::new(Name::new(name).ok()?, kind.qtype(), QCLASS::CLASS(CLASS::IN), false));
    let mut filled = |bytes: usize| {
        let padding = OPTCode { code: PADDING, data: Cow::Owned(vec![0; bytes]) };
        *packet.opt_mut() = Some(OPT { opt_codes: vec![padding], udp_packet_size: OVER_UDP, version: 0 });
        packet.build_bytes_vec().ok()
    };
    let bare = filled(0)?.len();
    filled(bare.next_multiple_of(BLOCK) - bare)
}

/// What an answer says of a name. `None` where it is no answer to that question.
pub(super) fn addresses(answer: &[u8], name: &str, kind: Kind) -> Option<Addresses> {
    let packet = Packet::parse(answer).ok()?;
    let mut wanted = Name::new(name).ok()?;
    let [asked] = packet.questions.as_slice() else { return None };
    let is_answer = packet.id() == 0
        && packet.has_flags(PacketFlag::RESPONSE)
        && packet.rcode() == RCODE::NoError
        && (&asked.qname, asked.qtype) == (&wanted, kind.qtype());
    if !is_answer {
        return None;
    }
    let mut ttl = u32::MAX;
    for _ in 0..=MOST_ALIASES {
        let records = packet.answers.iter().filter(|record| record.class == CLASS::IN && record.name == wanted);
        let mut found = Vec::new();
        let mut alias = None;
        for record in records {
            match (&record.rdata, kind) {
                (RData::A(a), Kind::A) => found.push(Ipv4Addr::from(a.address).into()),
                (RData::AAAA(aaaa), Kind::Aaaa) => found.push(Ipv6Addr::from(aaaa.address).into()),
                (RData::CNAME(other), _) => alias = Some(other.0.clone()),
                _ => continue,
            }
            ttl = ttl.min(record.ttl);
        }
        match alias {
            Some(other) if found.is_empty() => wanted = other,
            _ => {
                found.retain(may_be_a_proxys);
                return Some(Addresses { found, ttl: Duration::from_secs(ttl.into()) });
            }
        }
    }
    None
}

/// Resolvers that keep their people from a name say that it is nowhere, or at home.
fn may_be_a_proxys(address: &IpAddr) -> bool {
    let is_home = address.is_loopback() || address.is_unspecified() || address.is_multicast();
    let is_link = match address {
        IpAddr::V4(ip) => ip.is_link_local() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    !is_home && !is_link
}

// === impl Kind ===

impl Kind {
    fn qtype(self) -> QTYPE {
        QTYPE::TYPE(match self {
            Self::A => TYPE::A,
            Self::Aaaa => TYPE::AAAA,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use simple_dns::ResourceRecord;
    use simple_dns::rdata::{A, CNAME};

    use super::*;

    const NAME: &str = "p.example";

    fn record<'a>(name: &'a str, ttl: u32, rdata: RData<'a>) -> ResourceRecord<'a> {
        ResourceRecord::new(Name::new(name).unwrap(), CLASS::IN, ttl, rdata)
    }

    fn a(address: [u8; 4]) -> RData<'static> {
        RData::A(A { address: u32::from_be_bytes(address) })
    }

    fn cname(to: &str) -> RData<'_> {
        RData::CNAME(CNAME(Name::new(to).unwrap()))
    }

    /// An answer to the question for the addresses of a name.
    fn answer(name: &str, records: Vec<ResourceRecord<'_>>) -> Vec<u8> {
        let asked = question(name, Kind::A).unwrap();
        let mut packet = Packet::parse(&asked).unwrap().into_reply();
        packet.answers = records;
        packet.build_bytes_vec_compressed().unwrap()
    }

    #[test]
    fn questions_are_all_alike_but_for_the_name() {
        for name in ["a.example", NAME, "a-much-longer-name-than-that.of-somebody.example.org"] {
            for kind in [Kind::A, Kind::Aaaa] {
                let bytes = question(name, kind).unwrap();
                assert_eq!((bytes.len(), &bytes[..2]), (BLOCK, &[0, 0][..]), "{name}");
                let packet = Packet::parse(&bytes).unwrap();
                assert!(packet.has_flags(PacketFlag::RECURSION_DESIRED) && packet.questions.len() == 1);
            }
        }
        assert_eq!(question(&"long".repeat(30), Kind::A), None);
    }

    #[test]
    fn aliases_are_followed_within_the_answer() {
        let records = vec![
            record("far.example", 90, a([192, 0, 2, 7])),
            record("P.Example", 300, cname("near.example")),
            record("near.example", 60, cname("far.example")),
            record("somebody.else", 5, a([192, 0, 2, 66])),
        ];
        let said = addresses(&answer(NAME, records), NAME, Kind::A).unwrap();
        assert_eq!(said, Addresses { found: vec![[192, 0, 2, 7].into()], ttl: Duration::from_mins(1) });
    }

    #[test]
    fn aliases_in_a_circle_lead_nowhere() {
        let records = vec![record(NAME, 9, cname("q.example")), record("q.example", 9, cname(NAME))];
        assert_eq!(addresses(&answer(NAME, records), NAME, Kind::A), None);
    }

    #[test]
    fn an_answer_to_another_question_is_none() {
        let records = || vec![record(NAME, 9, a([192, 0, 2, 7]))];
        let good = answer(NAME, records());
        assert_eq!(addresses(&good, NAME, Kind::A).unwrap().found.len(), 1);
        assert_eq!(addresses(&good, NAME, Kind::Aaaa), None);
        assert_eq!(addresses(&answer("other.example", records()), NAME, Kind::A), None);
        assert_eq!(addresses(&question(NAME, Kind::A).unwrap(), NAME, Kind::A), None, "it is a question");
        assert_eq!(addresses(b"<html>", NAME, Kind::A), None);
    }

    #[test]
    fn a_name_that_is_said_to_be_at_home_is_not_there() {
        let records = vec![record(NAME, 9, a([0, 0, 0, 0])), record(NAME, 9, a([127, 0, 0, 1]))];
        assert_eq!(addresses(&answer(NAME, records), NAME, Kind::A).unwrap().found, Vec::<IpAddr>::new());
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_none(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            addresses(&bytes, NAME, Kind::A);
        }

        #[test]
        fn a_torn_answer_is_an_answer_or_none(at in 0_usize..200, byte in any::<u8>(), end in 0_usize..200) {
            let records = vec![record(NAME, 9, cname("q.example")), record("q.example", 9, a([192, 0, 2, 7]))];
            let mut bytes = answer(NAME, records);
            let place = at % bytes.len();
            bytes[place] = byte;
            bytes.truncate(end);
            addresses(&bytes, NAME, Kind::A);
        }
    }
}
