"""
Lets a folder of one mount namespace (open as 3) appear in another (open as 4), as a mount of the
same file system. Arguments: the folder there, the mount point here, `ro` or `rw`.
"""

import ctypes
import os
import sys

OPEN_TREE, MOVE_MOUNT, MOUNT_SETATTR = 428, 429, 442  # The same numbers on every architecture.
OPEN_TREE_CLONE, MOVE_MOUNT_F_EMPTY_PATH, AT_EMPTY_PATH = 1, 4, 0x1000
MOUNT_ATTR_RDONLY = 1
AT_FDCWD = -100

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result < 0:
        sys.exit(os.strerror(ctypes.get_errno()) + ": " + what)
    return result


def enter(namespace):
    check(libc.setns(namespace, 0), "namespace")


source, target, mode = sys.argv[1:]
enter(3)
tree = check(libc.syscall(OPEN_TREE, AT_FDCWD, source.encode(), OPEN_TREE_CLONE), source)
if mode == "ro":
    attributes = (ctypes.c_uint64 * 4)(MOUNT_ATTR_RDONLY, 0, 0, 0)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    check(libc.syscall(MOUNT_SETATTR, tree, b"", AT_EMPTY_PATH, attributes, size), source)
enter(4)
check(libc.syscall(MOVE_MOUNT, tree, b"", AT_FDCWD, target.encode(), MOVE_MOUNT_F_EMPTY_PATH), target)
