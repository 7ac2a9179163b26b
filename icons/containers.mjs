// The two files that hold an icon in several sizes. Both are a directory and then PNG files as they are.

/** Windows: https://learn.microsoft.com/en-us/previous-versions/ms997538(v=msdn.10), with PNG as of Vista. */
export function ico(images) {
  const head = Buffer.alloc(6 + 16 * images.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(images.length, 4);
  let offset = head.length;
  images.forEach(({ size, png }, index) => {
    const at = 6 + 16 * index;
    // A byte each for width and height, in which 0 stands for 256.
    head.writeUInt8(size % 256, at);
    head.writeUInt8(size % 256, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(png.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += png.length;
  });
  return Buffer.concat([head, ...images.map(({ png }) => png)]);
}

/** Type of an entry to the pixels of its PNG; ic11 to ic14 are the doubled forms for fine screens. */
const entries = { icp4: 16, icp5: 32, ic11: 32, ic12: 64, ic07: 128, ic13: 256, ic08: 256, ic14: 512, ic09: 512, ic10: 1024 };

/** macOS: a type of four letters, the length with these eight bytes, the content; the whole file likewise. */
export function icns(render) {
  const chunk = (type, content) => {
    const head = Buffer.alloc(8);
    head.write(type, "latin1");
    head.writeUInt32BE(content.length + 8, 4);
    return Buffer.concat([head, content]);
  };
  return chunk("icns", Buffer.concat(Object.entries(entries).map(([type, size]) => chunk(type, render(size)))));
}
