#include "furnished_boxes.h"

#include <kekkai/seccomp-presets/presets.h>

#include <linux/capability.h>

#include <algorithm>

namespace kekkai::kernel_tests {
namespace {

Box bare(const Scratch& /*things*/) { return bare_box(); }

// As `kekkai run` makes one, with the working directory writable.
Box host_read_only(const Scratch& things) {
  Box box = full_box();
  box.ops().bind({.source = things / "work", .target = things / "work", .writable = true});
  box.params().working_directories = {things / "work", "/"};
  box.params().hostname = "box";
  box.params().uid = box.params().gid = 0;
  return box;
}

Box of_many_layers(const Scratch& things) {
  Box box = bare_box();
  box.ops()
      .overlay({.path = "/data", .lowers = {things / "top", things / "bottom"}, .ephemeral = true})
      .overlay({.path = "/kept", .lowers = {things / "top", things / "bottom"}})
      .tmpfs({.path = "/data/cache", .size = 1 << 20})
      .bind({.source = things / "work", .target = "/work", .writable = true})
      .mask({.path = "/work/key"})
      .read_only({.path = "/work/dir"})
      .remount({.path = "/work", .noexec = true})
      .mkdir({.path = "/srv/deep/down", .mode = 0750})
      .symlink({.path = "/short", .target = "/srv/deep"})
      .file({.path = "/short/note", .content = "text"});
  return box;
}

Box of_root_and_etc(const Scratch& things) {
  Box box = bare_box();
  box.ops().root({.source = things.path()}).etc({.source = things / "etc"}).sysfs();
  return box;
}

Box with_daemon(const Scratch& /*things*/) {
  Box box = bare_box();
  box.ops().daemon({.command = {"/probe", "write", "/tmp/ready", "x", "--", "hold"},
                    .ready = "/tmp/ready",
                    .timeout = kPatience});
  return box;
}

Box with_own_terminal(const Scratch& /*things*/) {
  Box box = bare_box();
  box.params().terminal = Terminal::kOwn;
  box.params().window_size = {.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
  return box;
}

Box with_rights_and_limits(const Scratch& things) {
  Box box = bare_box();
  box.params().namespaces = kAllNamespaces & ~Namespace::kNet;
  box.params().keep_capabilities = uint64_t{1} << CAP_NET_RAW | uint64_t{1} << CAP_CHOWN;
  box.params().limits = {{RLIMIT_CORE, 0, 0}};
  box.params().umask = 027;
  box.params().filters = {seccomp::compile(seccomp::preset_policy({}))};
  box.ops().bind({.source = things / "work", .target = "/work", .optional = true, .slave = true});
  return box;
}

}  // namespace

const std::vector<FurnishedBox>& furnished_boxes() {
  static const std::vector<FurnishedBox> kAll{
      {"Bare", bare},
      {"HostReadOnly", host_read_only},
      {"ManyLayers", of_many_layers},
      {"RootAndEtc", of_root_and_etc},
      {"Daemon", with_daemon},
      {"OwnTerminal", with_own_terminal},
      {"RightsAndLimits", with_rights_and_limits},
  };
  return kAll;
}

Box furnished_box(std::string_view name, const Scratch& things) {
  return std::ranges::find(furnished_boxes(), name, &FurnishedBox::name)->make(things);
}

void furnish(const Scratch& things) {
  for (const char* name : {"top", "bottom/dir", "work/dir", "usr/lib", "etc/ssl"}) {
    things.make_directory(name);
  }
  things.make_file("top/both", "top");
  things.make_file("bottom/both", "bottom");
  things.make_file("work/key", "secret");
  things.make_file("etc/hosts", "127.0.0.1");
  things.make_link("etc/zone", "../usr/lib/file");
  things.make_link("lib", "usr/lib");
}

}  // namespace kekkai::kernel_tests
