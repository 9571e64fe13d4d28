"""Digital zoom for the cameras that have no image processor: a part of the picture, enlarged.

Run on the camera's thread; pure.
"""

import cv2

from hardware.camera.base import Pixels
from vizy.controls import ArrayValue
from vizy.state import Size


def zoomed(picture: Pixels, crop: ArrayValue, whole: Size) -> Pixels:
    """Return the part of a picture that ``ScalerCrop`` names, at the picture's own size.

    Args:
        picture: uint8, (height, width, 3); shows the whole pixel array at any size.
        crop: x, y, width and height in pixels of the array.
        whole: The array's size.

    Returns:
        The picture itself where the crop is the whole, otherwise a new array.
    """
    height, width = picture.shape[:2]
    x, y, crop_width, crop_height = crop
    if (crop_width, crop_height) == (whole.width, whole.height):
        return picture
    across, down = width / whole.width, height / whole.height
    left, top = int(x * across), int(y * down)
    right, bottom = round((x + crop_width) * across), round((y + crop_height) * down)
    part = picture[top : max(bottom, top + 1), left : max(right, left + 1)]
    return cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR)
