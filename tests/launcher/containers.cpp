#include "containers.h"

#include <kekkai/simulation/fake_kernel.h>

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/resource.h>

#include <ostream>

namespace kekkai {
namespace {

using std::chrono::milliseconds;

Ops& ops(FakeStart& start) { return start.settings.params.ops; }

FilterProgram allow_all() { return {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}}; }

void host_read_only(FakeStart& s) {
  ops(s).bind({.source = "/", .target = "/"}).tmpfs({.path = "/tmp", .mode = 01777}).proc().dev();
}

void own_root(FakeStart& s) {
  ops(s)
      .bind({.source = "/usr", .target = "/usr"})
      .symlink({.path = "/bin", .target = "usr/bin"})
      .proc()
      .dev()
      .tmpfs({.path = "/tmp"});
}

void work_directory(FakeStart& s) {
  host_read_only(s);
  ops(s).bind({.source = "/home/user/work", .target = "/home/user/work", .writable = true});
  s.settings.params.working_directories = {"/home/user/work", "/"};
}

void optional_binds(FakeStart& s) {
  own_root(s);
  ops(s)
      .bind({.source = "/opt", .target = "/opt", .optional = true})
      .bind({.source = "/srv/data", .target = "/srv/data", .optional = true});
}

void ensured_bind(FakeStart& s) {
  own_root(s);
  ops(s).bind(
      {.source = "/home/user/.cache/app", .target = "/cache", .writable = true, .ensure = true});
}

void slave_bind(FakeStart& s) {
  own_root(s);
  ops(s).bind({.source = "/srv", .target = "/srv", .slave = true});
}

void masked_home(FakeStart& s) {
  host_read_only(s);
  ops(s)
      .mask({.path = "/home"})
      .mask({.path = "/etc/shadow", .required = true})
      .read_only({.path = "/tmp"});
}

void files_and_links(FakeStart& s) {
  own_root(s);
  ops(s)
      .file({.path = "/etc/hostname", .content = "box\n"})
      .file({.path = "/etc/passwd",
             .content = "user:x:1000:1000::/:/bin/sh\n",
             .mode = 0600,
             .writable = true})
      .mkdir({.path = "/var/lib/app", .mode = 0700})
      .symlink({.path = "/var/run", .target = "/run"})
      .symlink({.path = "/etc/localtime", .target = "/etc/localtime", .dereference = true});
}

void root_of_another_tree(FakeStart& s) {
  ops(s).root({.source = "/srv/image"}).proc().dev({.read_only = true});
  ops(s).bind({.source = "/usr", .target = "/usr"});
}

void mirrored_etc(FakeStart& s) {
  own_root(s);
  ops(s).etc();
}

void read_only_overlay(FakeStart& s) {
  own_root(s);
  ops(s).overlay({.path = "/data", .lowers = {"/srv/data", "/srv/image"}});
}

void ephemeral_overlay(FakeStart& s) {
  own_root(s);
  ops(s).overlay({.path = "/data", .lowers = {"/srv/data"}, .ephemeral = true});
  ops(s).mkdir({.path = "/data/made", .mode = 0755});
}

void kept_overlay(FakeStart& s) {
  own_root(s);
  ops(s).overlay({.path = "/data",
                  .lowers = {"/srv/data"},
                  .upper = "/home/user/upper",
                  .work = "/home/user/workdir"});
}

void remounted(FakeStart& s) {
  host_read_only(s);
  ops(s)
      .tmpfs({.path = "/var/tmp", .size = 65536, .read_only = true})
      .remount({.path = "/tmp", .noexec = true})
      .remount({.path = "/", .read_only = true, .recursive = true});
}

void open_proc(FakeStart& s) {
  own_root(s);
  ops(s).proc({.path = "/pids", .pids_only = true, .hidepid = "invisible"});
  ops(s).proc({.path = "/all", .open = {"all"}});
}

void system_mounts(FakeStart& s) {
  own_root(s);
  ops(s).sysfs({.path = "/sys"}).cgroup2({.path = "/sys-cgroup"});
  ops(s).dev({.path = "/dev2", .mqueue = true});
}

void shared_network(FakeStart& s) {
  host_read_only(s);
  s.settings.params.namespaces = kAllNamespaces & ~Namespace::kNet;
}

void own_identity(FakeStart& s) {
  own_root(s);
  s.settings.params.uid = 0;
  s.settings.params.gid = 0;
  s.settings.params.hostname = "box";
  s.settings.params.umask = 0077;
  s.settings.params.limits = {{RLIMIT_CORE, 0, 0}};
}

void kept_capabilities(FakeStart& s) {
  own_root(s);
  s.settings.params.keep_capabilities = uint64_t{1} << CAP_NET_RAW | uint64_t{1} << CAP_SYS_NICE;
}

void filters_and_files(FakeStart& s) {
  host_read_only(s);
  s.settings.params.filters = {allow_all(), allow_all()};
  s.host.inherit(9, "extra file");
  s.settings.extra_files = {{9, 5}};
}

void asking_filter(FakeStart& s) {
  own_root(s);
  s.settings.params.filters = {allow_all()};
  s.settings.params.asking_filter = allow_all();
}

void own_terminal(FakeStart& s) {
  own_root(s);
  s.settings.params.terminal = Terminal::kOwn;
  s.settings.params.window_size = {.ws_row = 24, .ws_col = 80};
}

void daemon_beside(FakeStart& s) {
  own_root(s);
  s.host.host("/usr/bin/served").executable();
  s.host.run_as("/usr/bin/served", [](testing::FakeKernel& k) {
    k.mkdirat(Fd::cwd(), "/run/socket", 0700);
    return 0;
  });
  ops(s).tmpfs({.path = "/run"});
  ops(s).daemon(
      {.command = {"/usr/bin/served"}, .ready = "/run/socket", .timeout = milliseconds(50)});
}

void low_limit(FakeStart& s) {
  host_read_only(s);
  s.host.set_limit({RLIMIT_NOFILE, 64, 4096});
}

void descriptor_bind(FakeStart& s) {
  own_root(s);
  s.handed_in = s.host.openat2(Fd::cwd(), "/srv/data", Open::kPath, Resolve::kAnywhere, 0);
  ops(s).bind({.descriptor = s.handed_in.number(), .target = "/handed"});
}

void used_up_descriptors(FakeStart& s) {
  own_root(s);
  s.host.inherit(20, "held", "");
  s.host.inherit(21, "awaited", "go");
  s.host.inherit(22, "content", "text");
  ops(s)
      .hold({.descriptor = 20})
      .wait({.descriptor = 21})
      .file({.path = "/etc/text", .descriptor = 22})
      .file({.path = "/tmp/plain", .content = "x", .plain = true})
      .file({.path = "/tmp/plain", .content = "y", .plain = true})
      .chmod({.path = "/tmp/plain", .mode = 0600})
      .mqueue({.path = "/queues"})
      .lock({.path = "/tmp/plain"});
}

}  // namespace

const std::vector<RealisticContainer>& realistic_containers() {
  static const std::vector<RealisticContainer> kContainers{
      {"HostReadOnly", host_read_only},
      {"OwnRoot", own_root},
      {"WorkDirectory", work_directory},
      {"OptionalBinds", optional_binds},
      {"EnsuredBind", ensured_bind, "/home/user/.cache/app"},
      {"SlaveBind", slave_bind},
      {"DescriptorBind", descriptor_bind},
      {"UsedUpDescriptors", used_up_descriptors},
      {"MaskedHome", masked_home},
      {"FilesAndLinks", files_and_links},
      {"RootOfAnotherTree", root_of_another_tree},
      {"MirroredEtc", mirrored_etc},
      {"ReadOnlyOverlay", read_only_overlay},
      {"EphemeralOverlay", ephemeral_overlay},
      {"KeptOverlay", kept_overlay},
      {"Remounted", remounted},
      {"OpenProc", open_proc},
      {"SystemMounts", system_mounts},
      {"SharedNetwork", shared_network},
      {"OwnIdentity", own_identity},
      {"KeptCapabilities", kept_capabilities},
      {"FiltersAndFiles", filters_and_files},
      {"AskingFilter", asking_filter},
      {"OwnTerminal", own_terminal},
      {"DaemonBeside", daemon_beside},
      {"LowLimit", low_limit},
  };
  return kContainers;
}

std::ostream& operator<<(std::ostream& out, const RealisticContainer& container) {
  return out << container.name;
}

void furnish_host(FakeStart& start) {
  testing::FakeKernel& k = start.host;
  k.host("/usr/bin/true").executable();
  k.host("/usr/lib/libc.so").regular("code");
  k.host("/bin").link_to("usr/bin");
  k.host("/etc/passwd").regular("root:x:0:0\n");
  k.host("/etc/shadow").regular("secret\n", 0600);
  k.host("/etc/localtime").link_to("/usr/share/zoneinfo/UTC");
  k.host("/tmp").directory(01777);
  k.host("/var/tmp").directory(01777);
  k.host("/home/user").owned_by(1000, 1000);
  for (const char* name : {"work", "upper", "workdir", ".cache"}) {
    k.host(std::string("/home/user/") + name).owned_by(1000, 1000);
  }
  k.host("/srv/data/file").regular("data");
  k.host("/srv/image/bin").link_to("usr/bin");
  k.host("/srv/image/home").directory();
  k.host("/srv/image/usr").directory();
  start.settings.params.command = {"true"};
  start.settings.params.env = {"PATH=/usr/local/bin:/usr/bin"};
}

}  // namespace kekkai
