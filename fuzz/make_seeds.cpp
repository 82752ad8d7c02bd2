// Writes those seeds of the corpus that are no text: make_seeds FOLDER. Needed again only where the
// form of a stream changes; seeds that are not understood any more do no harm.
#include <kekkai/init/frame.h>
#include <kekkai/init/params.h>
#include <kekkai/init/status.h>

#include <filesystem>
#include <fstream>
#include <string>

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
      .daemon({.command = {"x", "y"}, .ready = "/r"});
  p.env = {"A=1"};
  p.hostname = "box";
  p.filters = {{{0x06, 0, 0, 0x7fff0000}}};
  p.extra_files = {3};
  request.host_namespaces = {"pid:[4026531836]"};
  return request;
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
  return 0;
}
