#include "random_ops.h"

#include <kekkai/ops/refusal.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <random>
#include <string_view>

namespace kekkai::kernel_tests {
namespace {

struct HostFile {
  std::string_view path;
  mode_t mode;  // with its type
  std::string_view content = {};
};
// Below the folder; "{}" in a link is the folder.
constexpr std::array<HostFile, 36> kHost{{
    {"dir", S_IFDIR | 0755},
    {"dir/a", S_IFREG | 0644, "first"},
    {"dir/b", S_IFREG | 0600, "second"},
    {"dir/c", S_IFDIR | 0750},
    {"dir/c/a", S_IFREG | 0755, "tool"},
    {"dir/c/up", S_IFLNK, "../a"},
    {"dir/out", S_IFLNK, "../other"},
    {"dir/abs", S_IFLNK, "{}/other"},
    {"dir/to-root", S_IFLNK, "/"},
    {"dir/into", S_IFLNK, "/a/b"},
    {"dir/dangling", S_IFLNK, "/made/by/link"},
    {"dir/near", S_IFLNK, "no/where"},
    {"dir/loop", S_IFLNK, "loop"},
    {"dir/slash", S_IFLNK, "c/"},
    {"dir/file-slash", S_IFLNK, "a/"},
    {"other", S_IFDIR | 0711},
    {"other/x", S_IFREG | 0755, "program"},
    {"other/deep", S_IFDIR | 0755},
    {"other/deep/er", S_IFDIR | 01777},
    {"other/a", S_IFDIR | 0755},
    {"other/a/b", S_IFREG | 0444, "same name"},
    {"closed", S_IFDIR | 0700},
    {"closed/in", S_IFREG | 0400, "mine"},
    {"dark", S_IFDIR},
    {"fifo", S_IFIFO | 0640},
    {"empty", S_IFDIR | 0755},
    {"link-dir", S_IFLNK, "dir"},
    {"link-file", S_IFLNK, "dir/a"},
    {"link-far", S_IFLNK, "{}/link-dir/c"},
    {"root", S_IFDIR | 0755},
    {"root/bin", S_IFLNK, "usr/bin"},
    {"root/usr", S_IFDIR | 0755},
    {"root/usr/bin", S_IFDIR | 0755},
    {"root/etc", S_IFDIR | 0755},
    {"root/etc/passwd", S_IFREG | 0644, "root:x:0:0\n"},
    {"root/etc/zone", S_IFLNK, "../usr/zone"},
}};

constexpr std::array<std::string_view, 26> kSources{
    "dir",      "dir/a",     "dir/b",     "dir/c",          "dir/c/up", "dir/out",  "dir/abs",
    "dir/near", "dir/loop",  "dir/slash", "dir/file-slash", "other",    "other/x",  "other/deep/er",
    "closed",   "closed/in", "dark",      "fifo",           "empty",    "link-dir", "link-file",
    "link-far", "root",      "missing",   "dir/a/below",    "dir//c/."};
constexpr std::array<std::string_view, 36> kTargets{
    "/",           "/a",        "/a/b",        "/a/b/c",       "/b",        "/c",
    "/dir",        "/dir/a",    "/dir/c",      "/dir/c/new",   "/a/c",      "/a/out",
    "/a/out/new",  "/a/abs",    "/a/to-root",  "/a/to-root/d", "/a/into",   "/a/into/e",
    "/a/dangling", "/a/near",   "/a/loop",     "/a/loop/f",    "/a/slash",  "/a/file-slash",
    "/tmp",        "/etc",      "/etc/passwd", "/proc",        "/proc/sys", "/proc/self/fd",
    "/dev",        "/dev/null", "/dev/shm",    "/usr/bin",     "/bin",      "/a/c/up"};
constexpr std::array<std::string_view, 8> kLinkTargets{"a", "/a/b",  "../b",    "/",
                                                       ".", "/c/d/", "nowhere", "/a//b/./c"};
constexpr std::array<mode_t, 6> kModes{0755, 0700, 0711, 01777, 0555, 0000};

constexpr unsigned kFlags = 1U << 16;

std::string with_folder(std::string_view text, const std::string& folder) {
  std::string filled(text);
  if (filled.starts_with("{}")) filled.replace(0, 2, folder);
  return filled;
}

// The random part of one op, by name.
class OpMaker {
 public:
  OpMaker(const Choice& choice, const std::string& folder) : choice_(choice), folder_(folder) {}

  void add_to(Ops& ops) const {
    static constexpr std::array kKinds{
        &OpMaker::bind,    &OpMaker::bind,    &OpMaker::bind,      &OpMaker::bind,
        &OpMaker::bind,    &OpMaker::bind,    &OpMaker::bind,      &OpMaker::tmpfs,
        &OpMaker::tmpfs,   &OpMaker::tmpfs,   &OpMaker::mkdir,     &OpMaker::mkdir,
        &OpMaker::mkdir,   &OpMaker::symlink, &OpMaker::symlink,   &OpMaker::symlink,
        &OpMaker::file,    &OpMaker::file,    &OpMaker::file,      &OpMaker::mask,
        &OpMaker::mask,    &OpMaker::mask,    &OpMaker::read_only, &OpMaker::read_only,
        &OpMaker::remount, &OpMaker::remount, &OpMaker::overlay,   &OpMaker::overlay,
        &OpMaker::root,    &OpMaker::etc,     &OpMaker::proc,      &OpMaker::dev,
        &OpMaker::sysfs,   &OpMaker::cgroup2, &OpMaker::mqueue,    &OpMaker::chmod,
        &OpMaker::chmod,   &OpMaker::plain,   &OpMaker::plain};
    (this->*kKinds.at(choice_.kind % kKinds.size()))(ops);
  }

 private:
  bool flag(unsigned bit) const { return (choice_.flags >> bit & 1) != 0; }
  bool rarely(unsigned bit) const { return flag(bit) && flag(bit + 1); }
  mode_t mode() const { return kModes.at((choice_.flags >> 12) % kModes.size()); }
  std::string target() const { return std::string(kTargets.at(choice_.path % kTargets.size())); }
  std::string source(unsigned shift = 0) const {
    return folder_ + "/" + std::string(kSources.at((choice_.source + shift) % kSources.size()));
  }

  void bind(Ops& ops) const {
    ops.bind({.source = source(),
              .target = target(),
              .writable = flag(0),
              .device = rarely(1),
              .noexec = rarely(3),
              .optional = flag(5),
              .slave = rarely(6)});
  }
  void tmpfs(Ops& ops) const {
    ops.tmpfs({.path = target(),
               .mode = mode(),
               .size = flag(0) ? 65536U : 0U,
               .read_only = rarely(1),
               .optional = rarely(3)});
  }
  void mkdir(Ops& ops) const { ops.mkdir({.path = target(), .mode = mode()}); }
  void symlink(Ops& ops) const {
    if (target() == "/") return mkdir(ops);
    const bool dereference = rarely(0);
    ops.symlink({.path = target(),
                 .target = dereference
                               ? source()
                               : std::string(kLinkTargets.at(choice_.source % kLinkTargets.size())),
                 .dereference = dereference});
  }
  void file(Ops& ops) const {
    ops.file(
        {.path = target(), .content = flag(0) ? "text" : "", .mode = mode(), .writable = flag(1)});
  }
  void plain(Ops& ops) const {
    ops.file({.path = target(), .content = flag(0) ? "plain" : "", .mode = mode(), .plain = true});
  }
  void chmod(Ops& ops) const { ops.chmod({.path = target(), .mode = mode()}); }
  void mqueue(Ops& ops) const { ops.mqueue({.path = target()}); }
  void mask(Ops& ops) const { ops.mask({.path = target(), .required = rarely(0)}); }
  void read_only(Ops& ops) const { ops.read_only({.path = target(), .optional = flag(0)}); }
  void remount(Ops& ops) const {
    ops.remount({.path = target(),
                 .read_only = flag(0) || !flag(1),
                 .noexec = flag(1),
                 .nodev = flag(2),
                 .recursive = flag(3)});
  }
  void overlay(Ops& ops) const {
    const bool ephemeral = flag(0);
    std::vector<HostPath> lowers{source()};
    if (flag(1) || !ephemeral) lowers.emplace_back(source(5));
    ops.overlay({.path = target(), .lowers = lowers, .ephemeral = ephemeral});
  }
  void root(Ops& ops) const {
    ops.root({.source = folder_ + (flag(0) ? "/root" : "/dir"), .writable = flag(1)});
  }
  void etc(Ops& ops) const {
    ops.etc(
        {.source = folder_ + (flag(0) ? "/root/etc" : "/dir"), .prefix = flag(1) ? "e" : "etc"});
  }
  void proc(Ops& ops) const {
    std::vector<std::string> open;
    if (flag(0)) open.emplace_back(flag(1) ? "all" : "sys");
    ops.proc({.path = rarely(2) ? target() : "/proc", .open = open, .pids_only = rarely(4)});
  }
  void dev(Ops& ops) const {
    ops.dev({.path = rarely(0) ? target() : "/dev", .read_only = flag(2), .mqueue = flag(3)});
  }
  void sysfs(Ops& ops) const { ops.sysfs({.path = target()}); }
  void cgroup2(Ops& ops) const { ops.cgroup2({.path = target()}); }

  const Choice& choice_;
  const std::string& folder_;
};

}  // namespace

void make_host(const std::string& folder) {
  for (const HostFile& file : kHost) {
    const std::string path = folder + "/" + std::string(file.path);
    if (S_ISDIR(file.mode)) ::mkdir(path.c_str(), 0700);
    if (S_ISLNK(file.mode)) {
      std::filesystem::create_symlink(with_folder(file.content, folder), path);
    }
    if (S_ISREG(file.mode)) std::ofstream(path) << file.content;
    if (S_ISFIFO(file.mode)) ::mkfifo(path.c_str(), 0600);
  }
  for (const HostFile& file : kHost) {
    if (S_ISLNK(file.mode)) continue;
    ::chmod((folder + "/" + std::string(file.path)).c_str(), file.mode & 07777);
  }
}

void declare_host(testing::FakeKernel& k, const std::string& folder) {
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  k.host(folder).directory(0700).owned_by(uid, gid);
  for (const HostFile& file : kHost) {
    testing::FakeFile& fake = k.host(folder + "/" + std::string(file.path)).owned_by(uid, gid);
    const mode_t mode = file.mode & 07777;
    if (S_ISDIR(file.mode)) fake.directory(mode);
    if (S_ISLNK(file.mode)) fake.link_to(with_folder(file.content, folder));
    if (S_ISREG(file.mode)) fake.regular(std::string(file.content), mode);
    if (S_ISFIFO(file.mode)) fake.fifo(mode);
  }
}

std::vector<Choice> random_choices(uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Choice> choices(1 + random() % 8);
  for (Choice& choice : choices) {
    choice.kind = static_cast<unsigned>(random() % 1000);
    choice.path = static_cast<unsigned>(random() % 1000);
    choice.source = static_cast<unsigned>(random() % 1000);
    choice.flags = static_cast<unsigned>(random() % kFlags);
  }
  return choices;
}

Ops make_ops(const std::vector<Choice>& choices, const std::string& folder) {
  Ops ops;
  for (const Choice& choice : choices) {
    try {
      OpMaker(choice, folder).add_to(ops);
    } catch (const Refusal&) {
      // Of its fields against each other, or a second one of what may be there once: both need no
      // kernel.
    }
  }
  return ops;
}

}  // namespace kekkai::kernel_tests
