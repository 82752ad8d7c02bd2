// Writes those seeds of the corpus that are no text: make_seeds FOLDER. Needed again only where the
// form of a stream changes; seeds that are not understood any more do no harm.
#include <kekkai/init/frame.h>
#include <kekkai/init/params.h>
#include <kekkai/init/recorded_init.h>
#include <kekkai/init/status.h>
#include <kekkai/launcher/container.h>
#include <kekkai/replay/recording_text.h>
#include <kekkai/simulation/fake_kernel.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace kekkai;

void write(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

SetupRequest small_request() {
  SetupRequest request{.host_uid = 1000, .host_gid = 100};
  request.params.command = {"true"};
  return request;
}

SetupRequest full_request() {
  SetupRequest request = small_request();
  Params& p = request.params;
  p.ops.bind({.source = "/", .target = "/"})
      .tmpfs({.path = "/tmp", .mode = 01777})
      .proc({.path = "/proc", .open = {"sys"}})
      .dev()
      .mkdir({.path = "/a", .mode = 0700})
      .bind({.descriptor = 7, .target = "/d"})
      .cgroup2()
      .etc({.prefix = "x"})
      .mask({.path = "/m"})
      .read_only({.path = "/r", .optional = true})
      .remount({.path = "/r", .read_only = true, .recursive = true})
      .root({.source = "/srv", .writable = true})
      .sysfs()
      .overlay({.path = "/o", .lowers = {"/x", "/y"}, .upper = "/u", .work = "/w"})
      .symlink({.path = "/l", .target = "/t"})
      .file({.path = "/f", .content = "x"})
      .file({.path = "/p", .descriptor = 8, .plain = true})
      .chmod({.path = "/p", .mode = 0600})
      .hold({.descriptor = 9})
      .wait({.descriptor = 10})
      .lock({.path = "/p"})
      .mqueue()
      .daemon({.command = {"x", "y"}, .ready = "/r"});
  p.env = {"A=1"};
  p.hostname = "box";
  p.filters = {{{0x06, 0, 0, 0x7fff0000}}};
  p.extra_files = {3};
  request.host_namespaces = {"pid:[4026531836]"};
  return request;
}

// A seccomp_data and a program.
std::string bpf_input(const seccomp_data& call, const std::vector<sock_filter>& program) {
  std::string bytes(reinterpret_cast<const char*>(&call), sizeof call);
  return bytes.append(reinterpret_cast<const char*>(program.data()),
                      program.size() * sizeof(sock_filter));
}

void write_programs(const std::filesystem::path& folder) {
  const seccomp_data call{16, AUDIT_ARCH_X86_64, 0, {0, 0x5412, 7}};
  write(folder / "compares",
        bpf_input(call, {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 16, 0, 1),
                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)}));
  write(folder / "calculates",
        bpf_input(call, {BPF_STMT(BPF_LDX | BPF_W | BPF_LEN, 0),
                         BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args) + 8),
                         BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0), BPF_STMT(BPF_MISC | BPF_TAX, 0),
                         BPF_STMT(BPF_ALU | BPF_LSH | BPF_X, 0), BPF_STMT(BPF_ALU | BPF_NEG, 0),
                         BPF_STMT(BPF_RET | BPF_A, 0)}));
  // One of the two ways to the load has no store.
  write(folder / "reads-what-one-way-writes",
        bpf_input(call, {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                         BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 15, 0, 1), BPF_STMT(BPF_ST, 15),
                         BPF_STMT(BPF_LDX | BPF_MEM, 15), BPF_STMT(BPF_RET | BPF_A, 0)}));
  write(folder / "jumps-around-the-end",
        bpf_input(call, {BPF_STMT(BPF_JMP | BPF_JA, 0xffff'ffff), BPF_STMT(BPF_RET | BPF_K, 0)}));
  write(folder / "divides-by-zero",
        bpf_input(call, {BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0), BPF_STMT(BPF_RET | BPF_A, 0)}));
}

// A start on a fake kernel, of a container that binds `source`.
std::string recording_of(const HostPath& source, RecordedContents contents) {
  constexpr const char* kInit = "/usr/libexec/kekkai-init";
  testing::FakeKernel host;
  host.host(kInit).executable();
  host.host("/bin/true").executable();
  host.run_as(kInit, [&](testing::FakeKernel& init) {
    return run_recorded_init(init, init, "3", contents_name(contents));
  });
  ContainerSettings settings{.params = small_request().params};
  settings.init.path = kInit;
  settings.recorded_contents = contents;
  settings.params.ops.bind({.source = source, .target = "/"}).proc();
  settings.params.env = {"A=1"};
  std::string text = recording_header(settings, {.kernel = "6.1.0", .machine = "x86_64"});
  settings.on_call = [&](const RecordedCall& call) { text += recorded_line(call, 0); };
  try {
    Container container(host, settings);
    container.start();
    text += recorded_end(container.wait());
  } catch (const StartError& e) {
    text += recorded_end(e.failure);
  }
  return text;
}

void write_recordings(const std::filesystem::path& folder) {
  const std::string failed = recording_of("/none", RecordedContents::kRedacted);
  write(folder / "failed", failed);
  write(folder / "cut-off", failed.substr(0, failed.size() / 2));
  write(folder / "header", failed.substr(0, failed.find('\n') + 1));
  write(folder / "with-contents", recording_of("/none", RecordedContents::kKept));
  write(folder / "exited", recording_of("/", RecordedContents::kRedacted));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path corpus(argv[1]);
  write(corpus / "setup_stream/small", encode(small_request()));
  write(corpus / "setup_stream/full", encode(full_request()));
  write(corpus / "setup_stream/framed", make_frame(encode(full_request())));
  write(corpus / "status_stream/progress", encode(Progress{"early"}));
  write(corpus / "status_stream/started", encode(Started{}));
  write(corpus / "status_stream/failure", encode(Failure{.phase = Phase::kApply,
                                                         .op_index = 3,
                                                         .op = "bind /a on /b",
                                                         .call = "open_tree /a",
                                                         .error = 13,
                                                         .reason = "r",
                                                         .hint = "h"}));
  write(corpus / "status_stream/exit", encode(ExitStatus{true, 9}));
  write(corpus / "status_stream/framed",
        make_frame(encode(Started{})) + make_frame(encode(ExitStatus{false, 7})));
  write_programs(corpus / "bpf");
  write_recordings(corpus / "recording");
  return 0;
}
