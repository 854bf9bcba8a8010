/** Hand a drawn picture on: through what the phone shares with, else into its downloads. */

export type HandedOn = 'shared' | 'saved' | 'left' | 'failed';

export async function sharePicture(canvas: HTMLCanvasElement, name: string, title: string): Promise<HandedOn> {
  const picture = await pictureOf(canvas);
  if (!picture) return 'failed';
  const file = new File([picture], `${name}.png`, { type: picture.type });
  if (!canShareFiles(file)) return save(file);
  try {
    await navigator.share({ files: [file], title });
    return 'shared';
  } catch (trouble) {
    // She closed what the phone offered: that is an answer too.
    return (trouble as DOMException).name === 'AbortError' ? 'left' : save(file);
  }
}

/** Whether this phone can share a picture at all. */
export function canShareFiles(file = new File([''], 'picture.png', { type: 'image/png' })): boolean {
  return !!navigator.canShare?.({ files: [file] });
}

function pictureOf(canvas: HTMLCanvasElement): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}

function save(file: File): HandedOn {
  const address = URL.createObjectURL(file);
  const link = document.createElement('a');
  [link.href, link.download] = [address, file.name];
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  return 'saved';
}
