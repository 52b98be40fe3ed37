# SPDX-License-Identifier: BSD-2-Clause
"""
The lab: real pods and containers on engines of its own, for the live tests.

    state        the private folder, and how everything that was started in it is ended
    images       root file systems and image archives, made here, without a network
    containerd   a containerd daemon
    messages     the part of the CRI's protobuf messages that is spoken
    cri          runs and stops pods on it as a kubelet does
    docker       a dockerd on the same containerd, over its HTTP API
    fixtures     all of it for pytest
"""
