// What a program sees of itself and its surroundings.
#include "probe.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

extern char** environ;

namespace probe {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// Every "Name:\tvalue" of /proc/PID/status as PREFIX.Name=value.
void say_status(const std::string& prefix, const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const size_t colon = line.find(":\t");
    if (colon != line.npos) say(prefix + "." + line.substr(0, colon), line.substr(colon + 2));
    at = end + 1;
  }
}

void ids(const Arguments& /*none*/) {
  uid_t ruid = 0, euid = 0, suid = 0;
  gid_t rgid = 0, egid = 0, sgid = 0;
  ::getresuid(&ruid, &euid, &suid);
  ::getresgid(&rgid, &egid, &sgid);
  const auto all = [](unsigned a, unsigned b, unsigned c) {
    return std::to_string(a) + " " + std::to_string(b) + " " + std::to_string(c);
  };
  say("uids", all(ruid, euid, suid));
  say("gids", all(rgid, egid, sgid));
  say("setgroups", contents_of("/proc/self/setgroups"));
  for (const char* map : {"uid_map", "gid_map"}) {
    unsigned inside = 0, outside = 0, count = 0;
    const std::string text = contents_of(std::string("/proc/self/") + map);
    ::sscanf(text.c_str(), "%u %u %u", &inside, &outside, &count);
    say(map, all(inside, outside, count));
  }
}

void status(const Arguments& /*none*/) { say_status("status", contents_of("/proc/self/status")); }

// The same of every thread of init.
void init_status(const Arguments& /*none*/) {
  for (const std::string& task : names_in("/proc/1/task")) {
    say_status("init", contents_of("/proc/1/task/" + task + "/status"));
  }
}

void namespaces(const Arguments& /*none*/) {
  for (const char* ns : {"user", "pid", "mnt", "ipc", "uts", "cgroup", "net", "time"}) {
    say(std::string("ns.") + ns, link_target(std::string("/proc/self/ns/") + ns));
  }
}

void descriptors(const Arguments& /*none*/) {
  const std::vector<std::string> names = names_in("/proc/self/fd");
  say("fds", joined(names));
  for (const std::string& fd : names) say("fd." + fd, link_target("/proc/self/fd/" + fd));
}

void environment(const Arguments& /*none*/) {
  for (char** entry = environ; *entry != nullptr; ++entry) say("env", *entry);
}

void process(const Arguments& /*none*/) {
  say("pid", ::getpid());
  say("ppid", ::getppid());
  say("sid", ::getsid(0));
  say("pgid", ::getpgrp());
  say("comm", contents_of("/proc/self/comm"));
  say("cmdline", contents_of("/proc/self/cmdline"));
  say("init.comm", contents_of("/proc/1/comm"));
  std::vector<std::string> pids;
  for (const std::string& name : names_in("/proc")) {
    if (name.find_first_not_of("0123456789") == name.npos) pids.push_back(name);
  }
  say("pids", joined(pids));
  const mode_t mask = ::umask(0);
  char octal[8];
  ::snprintf(octal, sizeof octal, "%03o", mask);
  say("umask", octal);
  ::umask(mask);
  char directory[4096];
  say("cwd", ::getcwd(directory, sizeof directory) != nullptr ? directory : "none");
  utsname names{};
  ::uname(&names);
  say("hostname", names.nodename);
}

void limits(const Arguments& /*none*/) {
  for (int resource = 0; resource < static_cast<int>(RLIMIT_NLIMITS); ++resource) {
    rlimit limit{};
    ::getrlimit(static_cast<__rlimit_resource>(resource), &limit);
    say("limit." + std::to_string(resource),
        std::to_string(limit.rlim_cur) + " " + std::to_string(limit.rlim_max));
  }
}

void network(const Arguments& /*none*/) {
  std::vector<std::string> interfaces;
  struct if_nameindex* list = ::if_nameindex();
  for (struct if_nameindex* i = list; i != nullptr && i->if_index != 0; ++i) {
    interfaces.emplace_back(i->if_name);
  }
  ::if_freenameindex(list);
  say("interfaces", joined(interfaces));

  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener, generic, length) < 0 || ::listen(listener, 1) < 0 ||
      ::getsockname(listener, generic, &length) < 0) {
    return say_result("loopback", -1);
  }
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  say_result("loopback", ::connect(client, generic, length));
  ::close(client);
  ::close(listener);
}

}  // namespace

void add_sight_steps(Steps& steps) {
  steps.insert({{"ids", ids},
                {"status", status},
                {"init-status", init_status},
                {"namespaces", namespaces},
                {"descriptors", descriptors},
                {"environment", environment},
                {"process", process},
                {"limits", limits},
                {"network", network}});
}

}  // namespace probe
