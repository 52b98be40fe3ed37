/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host whose runtimes' state is in tests/fixtures/containers/host, written by hand in the
 * formats of containerd 1.7, nerdctl 1.7, docker 25, cri-dockerd 0.3, CRI-O 1.28 and podman 4.9.
 * Tests run in the tree's top folder.
 */
#ifndef SIGTRACE_TESTS_CONTAINER_FIXTURES_H
#define SIGTRACE_TESTS_CONTAINER_FIXTURES_H

#define HOST	    "tests/fixtures/containers/host"
#define HOST_TASKS  "/run/containerd/io.containerd.runtime.v2.task/"
#define HOST_DOCKER "/var/lib/docker/containers/"
#define HOST_STORE  "/var/lib/containers/storage/overlay-containers/"

#define POD_UID "0c1d2e3f-4a5b-4c6d-8e7f-90a1b2c3d4e5"

#define ID_CONTAINERD_SANDBOX  "a473924be9a2f57007958198b6dc43a7d960fd5af7e39571e9096e98d4a23db8"
#define ID_CONTAINERD_APP      "3026feb8a14a953362657c4609ddeb9af9d94c5ac6b04f0b0b5c1bb924e1d38a"
#define ID_NERDCTL	       "d10be6067be0e6dc079be74673ca4127b6038687b0c74ba36f47c5f0f3076de0"
#define ID_CTR		       "2752ea5db34c1dc718967086526c49d5f55793678e2002db3f7a3e45a4a97b2a"
#define ID_DOCKER_DB	       "ea34ce586a0ec7bff9eddd73f20efac3b6472abf9173d37998940e2cd833ebe3"
#define ID_DOCKER_STOPPED      "60508868a7fc0d0f9bbb073fdf1e54b551920a4ecf20677ee34ad4f8707be21d"
#define ID_CRI_DOCKERD_APP     "af84fae243fc919a9f91bbce563964ba18183398b8e6323c2c1fcab4bf1dcd31"
#define ID_CRI_DOCKERD_SANDBOX "400341c8d9c6935bbaa0f73edf7707026d3705c6382c57d5fbc8c9789360e867"
#define ID_CRIO_SANDBOX	       "d0d5fbf67ffa0e0c0167c92bcfa3ff7c77dff9981ed870e179e81137f7e50952"
#define ID_CRIO_APP	       "3ab2251e577c464a8e9944e285e038c2051c6845e9302f94817219c5abd10a73"
#define ID_PODMAN_WEB	       "6ae0bddc20ec9f1e463cd1222af96bd8484c6d841869f83bec6a1bc67714ddee"
#define ID_PODMAN_RM	       "da9582bc258448271ae0bed28f0f4bfefc02f03fb700d659880a28df91b2c2e0"
#define ID_BUILDAH	       "3355e071ea5a58add945ba5f9248ab61c2185ab4b2b40340a69ff0560cdca2dc"

#endif
