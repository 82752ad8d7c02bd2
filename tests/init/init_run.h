// A whole life of init on a ScriptedDispatcher.
#pragma once

#include <kekkai/init/frame.h>
#include <kekkai/init/init.h>
#include <kekkai/init/params.h>
#include <kekkai/init/status.h>
#include <kekkai/testing/scripted_dispatcher.h>

#include <optional>
#include <string>
#include <vector>

namespace kekkai {

/// The host and the launcher that init is started by: streams at 3 to 6, extra files from 7 on.
struct InitRun {
  testing::ScriptedDispatcher k;
  SetupRequest request;

  explicit InitRun(Params params) {
    request = {.params = std::move(params), .host_uid = 1000, .host_gid = 100};
    for (const FlagName& ns : flag_table(Namespace{})) {
      if ((bits(request.params.namespaces) & ns.value) == 0) continue;
      request.host_namespaces.push_back(std::string(ns.name) + ":[4026531836]");
    }
    k.host("/usr/local/bin/true").missing();
    k.host("/usr/bin/true").executable();
  }

  /// Returns init's exit status; also where it ended by exit().
  int run() { return run_on(k); }
  /// The same with a dispatcher in front of `k`.
  int run_on(Dispatcher& front) { return run_on(front, make_frame(encode(request)), "3"); }
  int run_with(const std::string& setup_stream, const char* setup_variable) {
    return run_on(k, setup_stream, setup_variable);
  }
  int run_on(Dispatcher& front, const std::string& setup_stream, const char* setup_variable) {
    k.inherit(3, "setup stream", setup_stream);
    k.inherit(4, "status stream");
    k.inherit(5, "lifeline");
    k.inherit(6, "launcher");
    int number = 7;
    for (const int target : request.params.extra_files) {
      k.inherit(number++, "extra file " + std::to_string(target));
    }
    if (launcher_is_gone) k.hang_up("lifeline");
    try {
      return run_init(front, setup_variable);
    } catch (const testing::ProcessExit& exit) {
      return exit.status;
    }
  }
  bool launcher_is_gone = false;

  std::vector<StatusMessage> messages() const {
    FrameReader reader;
    reader.feed(k.written("status stream"));
    std::vector<StatusMessage> all;
    while (const auto payload = reader.next()) all.push_back(decode_status_message(*payload));
    return all;
  }

  /// The failure that init reported, if that is all it reported.
  std::optional<Failure> failure() const {
    const std::vector<StatusMessage> all = messages();
    if (all.size() != 1 || !std::holds_alternative<Failure>(all[0])) return std::nullopt;
    return std::get<Failure>(all[0]);
  }
};

/// Like `kekkai run -- true --please`: the host read-only, some places of its own.
inline Params ordinary_container() {
  Params params;
  params.ops.bind({.source = "/", .target = "/"})
      .tmpfs({.path = "/tmp", .mode = 01777})
      .proc()
      .dev()
      .bind({.source = "/home/user/work", .target = "/home/user/work", .writable = true});
  params.command = {"true", "--please"};
  params.env = {"PATH=/usr/local/bin:/usr/bin", "LANG=C.UTF-8"};
  params.working_directories = {"/home/user/work", "/"};
  params.uid = 1000;
  params.gid = 100;
  params.hostname = "box";
  return params;
}

}  // namespace kekkai
