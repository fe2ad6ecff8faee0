/** A small image from the worker's pixels. */
import { useEffect, useMemo, useState } from 'react';
import type { CSSProperties } from 'react';
import type { Thumbnail } from '../../core/protocol.ts';
import { useLab } from '../lab-context.ts';
import { bitmapUrl } from './bitmap.ts';

interface PixelImageProps {
  readonly image: Thumbnail;
  readonly label: string;
  readonly className?: string;
  readonly style?: CSSProperties;
}

/** An `<img>`, as each canvas is a layer of its own: with dozens of them every frame of the page took milliseconds more. */
export function PixelImage({ image, label, className = 'image', style }: PixelImageProps) {
  const url = useMemo(() => bitmapUrl(image), [image]);
  return <img src={url} className={className} width={image.width} height={image.height} alt={label} title={label} style={style} />;
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
  return image === null ? <span className="image image-waiting" title={name} /> : <PixelImage image={image} label={name} />;
}
