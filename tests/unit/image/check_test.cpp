// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/check.hpp"

#include "migralab/core/error.hpp"
#include "migralab/topology/load.hpp"
#include "support/fake_runner.hpp"
#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

constexpr auto root_recipe = "image: debian\nkernel: k\nmodules: [virtio]\npackages: {}\nfiles: {/init: init}\n"
                             "root: {suite: bookworm, size: 1GiB, memory: 256MiB, packages: [apache2]}\n";

class ImageCheck : public ::testing::Test {
protected:
  void SetUp() override {
    folder_.put("recipes/debian.image.yaml", root_recipe);
    folder_.put(
        "recipes/micro.image.yaml", "image: micro\nkernel: k\nmodules: [virtio]\npackages: {}\nfiles: {/init: init}\n");
    folder_.put("recipes/init", "#!/bin/sh\n");
  }

  ImageCatalogue check(const std::string& guests) {
    return check_lab("storage: {store: {type: iscsi}}\nhosts: {h1: {memory: 4GiB}}\nguests:\n" + guests);
  }

  ImageCatalogue check_lab(const std::string& rest) {
    Diagnostics diagnostics;
    const Topology topology = parse_topology("lab: x\nnetworks: {lan: }\n" + rest, "x.lab.yaml", "", diagnostics);
    EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.render();
    return check_images(
        topology, ImageStore(runner_, folder_.path() / "recipes", folder_.path(), folder_.path() / "cache"));
  }

  test::ScratchFolder folder_;
  test::FakeRunner runner_;
};

TEST_F(ImageCheck, TellsWhatAPlanNeedsAndBuildsNothing) {
  const ImageCatalogue catalogue =
      check("  a: {image: debian, memory: 256MiB, disk: {storage: store, size: 1GiB}}\n  b: {memory: 128MiB}\n");
  EXPECT_EQ(catalogue.at("debian").disk, Bytes::gib(1));
  EXPECT_EQ(catalogue.at("debian").memory, Bytes::mib(256));
  EXPECT_FALSE(catalogue.at("micro").disk);
  EXPECT_TRUE(runner_.log().empty());
}

TEST_F(ImageCheck, ReportsAllMistakesAtTheirPlace) {
  try {
    static_cast<void>(check("  a: {image: debain, memory: 256MiB}\n"
                            "  d: {image: /srv/my.qcow2, memory: 256MiB}\n"
                            "  b: {image: debian, memory: 256MiB}\n"
                            "  c: {image: debian, memory: 128MiB, disk: {storage: store, size: 512MiB}}\n"));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
    const std::string text = error.what();
    EXPECT_NE(text.find("x.lab.yaml:6:14: error: guest 'a': unknown image 'debain'"), std::string::npos) << text;
    test::expect_golden(test::source_path("tests/unit/image/errors/guests.expected"), text);
  }
}

TEST_F(ImageCheck, StorageServersBootTheirsAndServeNoDiskOfAnImage) {
  folder_.put(
      "recipes/storage-host.image.yaml", std::string(root_recipe).replace(7, 6, "storage-host") + "host: storage\n");
  try {
    static_cast<void>(check_lab("storage:\n  good: {substrate: machine}\n"
                                "  bad: {substrate: machine, image: micro}\nhosts:\n  h1: {memory: 4GiB}\n"
                                "  h2: {substrate: machine, memory: 4GiB, image: storage-host}\nguests:\n"
                                "  a: {image: storage-host, memory: 1GiB}\n"
                                "  b: {image: debian, memory: 256MiB, disk: {storage: good, size: 1GiB}}\n"));
    FAIL() << "no error";
  } catch (const Error& error) {
    test::expect_golden(test::source_path("tests/unit/image/golden/storage-images.txt"), error.what());
  }
}

TEST_F(ImageCheck, HostsAndGuestsBootImagesOfTheirKindOnly) {
  folder_.put(
      "recipes/xen-host.image.yaml",
      std::string(root_recipe).replace(7, 6, "xen-host") + "host: xen\nhypervisor: xen\n");
  try {
    static_cast<void>(check_lab(
        "hosts:\n  x1: {hypervisor: xen, memory: 4GiB}\n"
        "  x2: {hypervisor: xen, memory: 4GiB, image: micro}\nguests:\n  a: {image: xen-host, memory: 1GiB}\n"));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
    test::expect_golden(test::source_path("tests/unit/image/golden/host-images.txt"), error.what());
  }
}

} // namespace
} // namespace migralab
