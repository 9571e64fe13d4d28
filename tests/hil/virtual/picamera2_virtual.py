"""Lets the real picamera2 run on libcamera's ``virtual`` pipeline: import it before anything else.

It closes three gaps and nothing more. The pipeline has no raw role, which picamera2 asks for when
it looks for the sensor's modes. There is no heap for DMA buffers, so memory comes from memfd, with
the two planes that libcamera wants of NV12. And the pipeline makes frames as fast as it can: they
are handed on at 120 turns a second at most.
"""

import mmap
import os
import time

import libcamera
import picamera2.picamera2 as library
from picamera2.allocators.allocator import Allocator

TURN_S = 1 / 120


class MappedSync:
    """What picamera2 enters and leaves around each access; memory here needs no syncing."""

    def __init__(self, allocator, buffer, write):
        self._memory = allocator.mapped_buffers[buffer]

    def __enter__(self):
        return self._memory

    def __exit__(self, *error):
        return None


class MemfdAllocator(Allocator):
    """Frame buffers in anonymous memory; freed when a configuration replaces them."""

    def __init__(self):
        super().__init__()
        self.mapped_buffers = {}
        self.frame_buffers = {}
        self.sync = MappedSync

    def allocate(self, libcamera_config, use_case):
        self.close()
        for stream_config in libcamera_config:
            made = [self._make(stream_config) for _ in range(stream_config.buffer_count)]
            self.frame_buffers[stream_config.stream] = made

    def buffers(self, stream):
        return self.frame_buffers[stream]

    def close(self):
        for memory in self.mapped_buffers.values():
            memory.close()
        self.mapped_buffers, self.frame_buffers = {}, {}

    def _make(self, stream_config):
        size = stream_config.frame_size
        luma = stream_config.stride * stream_config.size.height
        fd = os.memfd_create("picamera2-virtual", os.MFD_CLOEXEC)
        try:
            os.ftruncate(fd, size)
            planes = [_plane(fd, 0, luma), _plane(fd, luma, size - luma)]
            buffer = libcamera.FrameBuffer(planes)
            self.mapped_buffers[buffer] = mmap.mmap(fd, size)
        finally:
            os.close(fd)
        return buffer


def _plane(fd, offset, length):
    plane = libcamera.FrameBuffer.Plane()
    plane.fd, plane.offset, plane.length = fd, offset, length
    return plane


def _get_raw_modes(picam2):
    formats = (
        picam2.camera.generate_configuration([libcamera.StreamRole.VideoRecording]).at(0).formats
    )
    return [
        {"format": str(pixel), "size": (size.width, size.height)}
        for pixel in formats.pixel_formats
        for size in formats.sizes(pixel)
    ]


_handle_request = library.CameraManager.handle_request


def _handle_paced(manager, flushid=None):
    if flushid is None:
        time.sleep(TURN_S)
    _handle_request(manager, flushid)


library.DmaAllocator = MemfdAllocator
library.Picamera2._get_raw_modes = _get_raw_modes
library.CameraManager.handle_request = _handle_paced
