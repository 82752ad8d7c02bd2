// kekkai-probe: runs inside a container, and prints what it sees and may do as key=value lines.
//
//   kekkai-probe STEP [ARGUMENT...] [-- STEP [ARGUMENT...]]...
//
// Static and without sanitizers: it has to run in roots that hold nothing else.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace probe {

using Arguments = std::vector<std::string>;
using Step = std::function<void(const Arguments&)>;
using Steps = std::map<std::string, Step>;

/// Prints "key=value" at once; bytes that would end the line are shown as "\n" and "\0".
void say(const std::string& key, const std::string& value);
void say(const std::string& key, long value);
/// Prints "key=ok", or the name of errno where `result` is negative.
void say_result(const std::string& key, long result);
/// "EPERM" for 1.
std::string errno_name(int error);

/// The whole of a file, as far as it can be read.
std::string contents_of(const std::string& path);
/// What a symbolic link holds, or the name of errno.
std::string link_target(const std::string& path);
std::vector<std::string> names_in(const std::string& directory);

void add_call_steps(Steps& steps);
void add_sight_steps(Steps& steps);
void add_file_steps(Steps& steps);
void add_process_steps(Steps& steps);
void add_attack_steps(Steps& steps);

/// Plays an init that is not Kekkai's own: how, it reads from stdin.
[[noreturn]] void play_foreign_init();

}  // namespace probe
