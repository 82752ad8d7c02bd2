// A FakeKernel for tests that say only what is special: on its host every path is a directory
// unless declared otherwise, nobody is refused anything, and every call is written down.
//
//     ScriptedDispatcher k;
//     k.host("/srv/data").missing();
//     EXPECT_THROW(open_source(k, "/srv/data"), SyscallError);
//     EXPECT_THAT(k.transcript(),
//                 ElementsAre("openat2 /srv/data O_PATH NO_MAGICLINKS = ENOENT"));
//
//     k.fail_call("open_tree /usr", EACCES);                // the next such call fails
//     k.fail_step(7, EIO);                                  // or the eighth call of all
//
// The transcript has one line for each call, as strace would write it, with flags by name and
// descriptors by label. A call that failed ends in " = ENOENT". Errors have the texts of Kernel:
// "move_mount /usr -> /data: Operation not permitted".
#pragma once

#include <kekkai/simulation/fake_kernel.h>

#include <map>
#include <string>
#include <vector>

namespace kekkai::testing {

class ScriptedDispatcher final : public FakeKernel {
 public:
  ScriptedDispatcher();

  /// The file at a path of the container as it is mounted now. Needs an entered Sysroot.
  FakeFile& container(const std::string& path);

  /// The call with this index in steps() fails. Calls that the kernel never fails do not: getpid,
  /// umask, exit and the like.
  void fail_step(size_t index, int error) { failing_steps_[index] = error; }

  /// All calls and notes so far.
  const std::vector<std::string>& transcript() const { return transcript_; }
  /// The calls without the notes.
  const std::vector<std::string>& steps() const { return steps_; }
  /// Adds a line of your own: "early:".
  void note(std::string text) { transcript_.push_back(std::move(text)); }
  /// Forgets transcript and steps, and nothing else.
  void clear_transcript() { transcript_.clear(), steps_.clear(); }

  [[noreturn]] void exit(int status) override;

 private:
  void note_call(const std::string& line) override;
  void note_failure(int error) override;
  int planned_failure(const std::string& line) override;

  std::map<size_t, int> failing_steps_;
  std::vector<std::string> transcript_;
  std::vector<std::string> steps_;
};

}  // namespace kekkai::testing
