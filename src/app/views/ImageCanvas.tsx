/** A small image from the worker's pixels. */
import { useEffect, useRef, useState } from 'react';
import type { Thumbnail } from '../../core/protocol.ts';
import { useLab } from '../lab-context.ts';

interface ImageCanvasProps {
  readonly image: Thumbnail;
  readonly label: string;
}

export function ImageCanvas({ image, label }: ImageCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const pixels = new ImageData(new Uint8ClampedArray(image.rgba), image.width, image.height);
    canvas.current?.getContext('2d')?.putImageData(pixels, 0, 0);
  }, [image]);
  return <canvas ref={canvas} className="image" width={image.width} height={image.height} role="img" aria-label={label} title={label} />;
}

interface ClassThumbnailProps {
  readonly dataset: string;
  readonly classId: string;
  readonly name: string;
  readonly size: number;
}

/** The first image of a class; a quiet square while it loads or where it cannot be had. */
export function ClassThumbnail({ dataset, classId, name, size }: ClassThumbnailProps) {
  const { thumbnails } = useLab();
  const [image, setImage] = useState<Thumbnail | null>(null);
  useEffect(() => {
    let current = true;
    thumbnails.get(dataset, classId, 1, size).then(
      ([first]) => {
        if (current && first) setImage(first);
      },
      () => {
        // The class keeps its placeholder; what is wrong with the data is said where training needs it.
        if (current) setImage(null);
      },
    );
    return () => {
      current = false;
    };
  }, [thumbnails, dataset, classId, size]);
  return image === null ? <span className="image image-waiting" title={name} /> : <ImageCanvas image={image} label={name} />;
}
