// Makes a picture's smaller form: SOURCE OUTPUT QUALITY
import { Failure, load, told, write } from "./common.mjs";

export default async function convert(source, output, quality) {
  const sharp = load("sharp");
  try {
    write(output, await sharp(source).webp({ quality: Number(quality) }).toBuffer());
  } catch (error) {
    throw new Failure(told(source, 0, 0, `it cannot be read as a picture: ${String(error.message).split("\n")[0].replace(/\.$/, "")}`));
  }
}
