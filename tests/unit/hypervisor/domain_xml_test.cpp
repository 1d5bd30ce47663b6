// SPDX-License-Identifier: Apache-2.0
#include "migralab/hypervisor/guest.hpp"

#include "migralab/core/error.hpp"
#include "migralab/hypervisor/hypervisor.hpp"
#include "support/golden.hpp"

#include <gtest/gtest.h>
#include <pugixml.hpp>

namespace migralab {
namespace {

std::filesystem::path golden(const std::string& name) {
  return test::source_path("tests/unit/hypervisor/golden/" + name);
}

GuestDefinition web() {
  return {
      .lab = "quickstart",
      .name = "web",
      .uuid = "0c2bd8ee-1c5a-5d7b-a123-5254001234ab",
      .kvm = true,
      .memory = Bytes::mib(256),
      .vcpus = 2,
      .kernel = "/images/micro/vmlinuz",
      .initramfs = "/images/micro/initramfs",
      .kernel_arguments = "console=ttyS0 quiet migralab.guest=web",
      .disk = IscsiSource{.portal = "10.10.0.10", .target = "iqn.2026-11.org.migralab:quickstart.store", .lun = 3},
      .interfaces = {{.bridge = "lan", .mac = "52:54:00:12:34:56", .tap = "web.lan"}},
      .console_log = "/logs/web.console"};
}

/// Ends an attribute and begins an element, where it is not escaped.
const std::string evil = "\"/><evil a=\"";

/// As libvirt would read it.
pugi::xml_document parsed(const GuestDefinition& guest) {
  pugi::xml_document document;
  const pugi::xml_parse_result result = document.load_string(domain_xml(guest).c_str());
  EXPECT_TRUE(result) << result.description();
  return document;
}

TEST(DomainXml, OfAKvmGuestWithADiskIsGolden) {
  test::expect_golden(golden("kvm-disk.xml"), domain_xml(web()));
}

TEST(DomainXml, OfATcgGuestWithoutADiskIsGolden) {
  GuestDefinition guest = web();
  guest.kvm = false;
  guest.disk.reset();
  guest.vcpus = 1;
  guest.interfaces.push_back({.bridge = "back", .mac = "52:54:00:65:43:21", .tap = "web.back"});
  test::expect_golden(golden("tcg-no-disk.xml"), domain_xml(guest));
}

TEST(DomainXml, OfALayerNamesWhatItLiesOver) {
  GuestDefinition guest = web();
  IscsiSource base = std::get<IscsiSource>(*guest.disk);
  base.lun = 4;
  guest.base = BaseDisk{.source = base, .qcow2 = false};
  const pugi::xml_document document = parsed(guest);
  const pugi::xml_node disk = document.child("domain").child("devices").child("disk");
  EXPECT_STREQ(disk.child("driver").attribute("type").value(), "qcow2");
  EXPECT_STREQ(disk.child("driver").attribute("cache").value(), "none");
  const pugi::xml_node below = disk.child("backingStore");
  EXPECT_STREQ(below.attribute("type").value(), "network");
  EXPECT_STREQ(below.child("format").attribute("type").value(), "raw");
  EXPECT_STREQ(below.child("source").attribute("name").value(), "iqn.2026-11.org.migralab:quickstart.store/4");
  EXPECT_TRUE(below.child("backingStore")) << "libvirt must not look for more by itself";
  EXPECT_FALSE(below.child("backingStore").first_child());
  EXPECT_NE(disk_xml(guest).find("<backingStore"), std::string::npos);
}

TEST(DomainXml, OfACloudImageBootsByItsDiskAndHasASeed) {
  GuestDefinition guest = web();
  guest.kernel.clear();
  guest.base = BaseDisk{.source = *guest.disk, .qcow2 = true};
  guest.seed = "/state/quickstart/seeds/web.iso";
  const pugi::xml_document document = parsed(guest);
  EXPECT_FALSE(document.select_node("/domain/os/kernel | /domain/os/initrd | /domain/os/cmdline"));
  const pugi::xml_node seed = document.select_node("/domain/devices/disk[target/@dev='vdb']").node();
  EXPECT_TRUE(seed.child("readonly"));
  EXPECT_STREQ(seed.child("source").attribute("file").value(), "/state/quickstart/seeds/web.iso");
  test::expect_golden(golden("cloud.xml"), domain_xml(guest));
}

TEST(DomainXml, TellsAnMtuThatIsNotEthernets) {
  GuestDefinition guest = web();
  EXPECT_EQ(domain_xml(guest).find("<mtu"), std::string::npos);
  guest.interfaces.front().mtu = 9000;
  EXPECT_NE(domain_xml(guest).find("<mtu size=\"9000\""), std::string::npos) << domain_xml(guest);
}

TEST(DomainXml, OfADiskBehindChapNamesTheUserAndNeverTheSecret) {
  GuestDefinition guest = web();
  std::get<IscsiSource>(*guest.disk).chap = ChapLogin{.user = "migralab", .secret_file = "/lab/secrets/store"};
  const pugi::xml_document document = parsed(guest);
  const pugi::xml_node auth = document.select_node("/domain/devices/disk/source/auth").node();
  EXPECT_STREQ(auth.attribute("username").value(), "migralab");
  EXPECT_STREQ(auth.child("secret").attribute("type").value(), "iscsi");
  EXPECT_STREQ(auth.child("secret").attribute("usage").value(), "iqn.2026-11.org.migralab:quickstart.store");
  EXPECT_EQ(domain_xml(guest).find("/lab/secrets"), std::string::npos);
}

TEST(DiskXml, IsTheDiskOfTheDomain) {
  EXPECT_NE(domain_xml(web()).find("<disk"), std::string::npos);
  pugi::xml_document disk;
  ASSERT_TRUE(disk.load_string(disk_xml(web()).c_str()));
  EXPECT_STREQ(disk.select_node("/disk/target").node().attribute("dev").value(), disk_target);
  GuestDefinition limited = web();
  limited.limits.disk_iops = 100;
  EXPECT_NE(disk_xml(limited).find("<iotune>"), std::string::npos) << disk_xml(limited);
  GuestDefinition none = web();
  none.disk.reset();
  EXPECT_THROW(static_cast<void>(disk_xml(none)), Error);
}

TEST(DomainXml, OfAGuestWithAnNfsDiskIsGolden) {
  GuestDefinition guest = web();
  guest.disk = NfsSource{.server = "10.10.0.10", .path = "/disks/web.img"};
  test::expect_golden(golden("nfs-disk.xml"), domain_xml(guest));
}

TEST(DomainXml, OfAGuestWithALocalDiskIsGolden) {
  GuestDefinition guest = web();
  guest.disk = FileSource{.path = "/disks/<web> & \"co\".img"};
  test::expect_golden(golden("local-disk.xml"), domain_xml(guest));
}

TEST(DomainXml, SaysWhatLibvirtMustKnow) {
  const pugi::xml_document document = parsed(web());
  const pugi::xml_node domain = document.child("domain");
  EXPECT_STREQ(domain.attribute("type").value(), "kvm");
  EXPECT_STREQ(domain.child("memory").attribute("unit").value(), "KiB");
  EXPECT_EQ(domain.child("memory").text().as_uint(), 256U * 1024U);
  const pugi::xml_node disk = domain.child("devices").child("disk");
  EXPECT_STREQ(disk.child("driver").attribute("cache").value(), "none") << "or libvirt refuses to migrate";
  EXPECT_STREQ(disk.child("source").attribute("name").value(), "iqn.2026-11.org.migralab:quickstart.store/3");
  EXPECT_STREQ(disk.child("source").child("host").attribute("name").value(), "10.10.0.10");
  EXPECT_STREQ(disk.child("source").child("host").attribute("port").value(), "3260");
}

TEST(DomainXml, EmulatesAProcessorThatTcgHas) {
  GuestDefinition guest = web();
  guest.kvm = false;
  const pugi::xml_document document = parsed(guest);
  const pugi::xml_node domain = document.child("domain");
  EXPECT_STREQ(domain.attribute("type").value(), "qemu");
  EXPECT_STREQ(domain.child("cpu").attribute("mode").value(), "custom");
  EXPECT_STREQ(domain.child("cpu").child("model").text().get(), "qemu64");
}

TEST(DomainXml, EscapesWhateverTextsHold) {
  const std::string nasty = "a<b>&amp;\"quoted\" 'single' ]]> <!-- --> \xc3\xbc";
  GuestDefinition guest = web();
  guest.lab = nasty;
  guest.name = nasty;
  guest.kernel = "/" + nasty;
  guest.initramfs = "/i" + nasty;
  guest.kernel_arguments = nasty + "</cmdline><evil/>";
  guest.console_log = "/log/" + nasty;
  guest.disk = IscsiSource{.portal = evil, .target = nasty, .lun = 3};
  guest.interfaces.front().bridge = nasty;
  guest.interfaces.front().tap = "x\"y";
  test::expect_golden(golden("nasty.xml"), domain_xml(guest));
}

TEST(DomainXml, KeepsNastyTextsAsTheyAre) {
  const std::string nasty = "a<b>&amp;\"quoted\" 'single' ]]> <!-- --> \xc3\xbc";
  GuestDefinition guest = web();
  guest.name = nasty;
  guest.kernel = "/" + nasty;
  guest.kernel_arguments = nasty + "</cmdline><evil/>";
  guest.console_log = "/log/" + nasty;
  guest.disk = IscsiSource{.portal = evil, .target = nasty, .lun = 3};
  guest.interfaces.front().bridge = nasty;
  const pugi::xml_document document = parsed(guest);
  const pugi::xml_node domain = document.child("domain");
  EXPECT_EQ(domain.child("name").text().get(), nasty);
  EXPECT_EQ(domain.child("title").text().get(), nasty + " of lab quickstart");
  EXPECT_EQ(domain.child("os").child("kernel").text().get(), "/" + nasty);
  EXPECT_EQ(domain.child("os").child("cmdline").text().get(), guest.kernel_arguments);
  const pugi::xml_node devices = domain.child("devices");
  EXPECT_EQ(devices.child("serial").child("log").attribute("file").value(), "/log/" + nasty);
  EXPECT_EQ(devices.child("disk").child("source").attribute("name").value(), nasty + "/3");
  EXPECT_EQ(devices.child("disk").child("source").child("host").attribute("name").value(), evil);
  EXPECT_EQ(devices.child("interface").child("source").attribute("bridge").value(), nasty);
  EXPECT_TRUE(document.select_nodes("//evil").empty());
}

GuestDefinition xen_guest(GuestSpec::Mode mode) {
  GuestDefinition guest = web();
  guest.xen = mode;
  guest.kernel_arguments = "console=hvc0 quiet migralab.guest=web";
  guest.disk = BlockSource{"/dev/migralab/web"};
  return guest;
}

TEST(DomainXml, OfAPvhGuestIsGolden) {
  test::expect_golden(golden("xen-pvh.xml"), domain_xml(xen_guest(GuestSpec::Mode::pvh)));
}

TEST(DomainXml, OfAPvGuestIsGolden) {
  test::expect_golden(golden("xen-pv.xml"), domain_xml(xen_guest(GuestSpec::Mode::pv)));
}

TEST(DomainXml, OfAnHvmGuestIsGolden) {
  test::expect_golden(golden("xen-hvm.xml"), domain_xml(xen_guest(GuestSpec::Mode::hvm)));
}

TEST(DomainXml, AXenHostTakesBlockDevicesOnly) {
  GuestDefinition guest = xen_guest(GuestSpec::Mode::pvh);
  guest.disk = FileSource{"/var/lib/disk.img"};
  EXPECT_THROW(static_cast<void>(domain_xml(guest)), Error);
}

TEST(DomainXml, OfAXenGuestTextsAreEscaped) {
  GuestDefinition guest = xen_guest(GuestSpec::Mode::pvh);
  guest.name = "a" + evil;
  guest.disk = BlockSource{"/dev/" + evil};
  guest.interfaces.front().bridge = evil;
  EXPECT_TRUE(parsed(guest).select_nodes("//evil").empty());
}

TEST(DomainXml, OfALimitedGuestIsGolden) {
  GuestDefinition guest = web();
  guest.limits = {
      .cpu_shares = 512,
      .cpu_quota = 0.5,
      .memory = Bytes::mib(400),
      .disk_rate = Bytes::mib(2),
      .disk_iops = 100,
      .network_up = BitRate{1'000'000},
      .network_down = BitRate{2'000'000}};
  test::expect_golden(golden("limits.xml"), domain_xml(guest));
}

TEST(DomainXml, LimitsOnlyWhatIsAskedFor) {
  const pugi::xml_document free = parsed(web());
  for (const char* element : {"//cputune", "//memtune", "//iotune", "//bandwidth"}) {
    EXPECT_TRUE(free.select_nodes(element).empty()) << element;
  }
  GuestDefinition guest = web();
  guest.limits.cpu_quota = 1.5;
  const pugi::xml_document capped = parsed(guest);
  const pugi::xml_node tune = capped.child("domain").child("cputune");
  EXPECT_EQ(tune.child("global_quota").text().as_double() / tune.child("global_period").text().as_double(), 1.5);
  EXPECT_TRUE(tune.child("shares").empty());
  EXPECT_TRUE(capped.select_nodes("//memtune").empty());
}

TEST(LibvirtdFiles, AreGolden) {
  const LibvirtdFiles files = libvirtd_files("0c2bd8ee-1c5a-5d7b-a123-5254001234ab", false);
  test::expect_golden(
      golden("libvirtd-files.txt"), "libvirtd.conf:\n" + files.libvirtd_conf + "\nqemu.conf:\n" + files.qemu_conf);
}

TEST(LibvirtdFiles, AllowControlGroupsWhereThereAreAny) {
  const auto conf = [](bool groups) {
    return libvirtd_files("0c2bd8ee-1c5a-5d7b-a123-5254001234ab", groups).qemu_conf;
  };
  EXPECT_NE(conf(true).find("cgroup_controllers = [\"cpu\", \"cpuacct\", \"memory\"]\n"), std::string::npos);
  EXPECT_NE(conf(false).find("cgroup_controllers = []\n"), std::string::npos);
}

TEST(LibvirtdFiles, KeepHostsApartAndTheirSocketsPrivate) {
  const std::string conf = libvirtd_files("0c2bd8ee-1c5a-5d7b-a123-5254001234ab", false).libvirtd_conf;
  EXPECT_NE(conf.find("host_uuid = \"0c2bd8ee-1c5a-5d7b-a123-5254001234ab\"\n"), std::string::npos);
  EXPECT_NE(conf.find("unix_sock_rw_perms = \"0700\"\n"), std::string::npos);
}

} // namespace
} // namespace migralab
