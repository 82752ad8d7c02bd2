// The security corpus: what went wrong in programs of this kind, tried with every op that is
// registered. An op declares its cases in corpus_cases.cpp; the tests are made of the declarations.
#pragma once

#include "box.h"

#include <iosfwd>
#include <string>
#include <vector>

namespace kekkai::kernel_tests {

/// What an op needs at its target. The first three are made where they are missing.
enum class Target {
  kNone,  ///< It has no target.
  kDirectory,
  kFile,
  kLink,
  kExistingDirectory,
  kExistingFile,
};

/// What an op takes from the host.
enum class Source { kNone, kDirectory, kFile, kLink };

/// Said by init where the program has disappeared below a mount on the root.
inline constexpr const char* kHidesTheProgram = "No such file or directory";

/// One use of an op, and what has to be seen of it.
struct OpCase {
  std::string name;
  /// Adds the op. Targets and sources are chosen by the tests.
  void (*add)(Ops& ops, const std::string& target, const std::string& source);
  Target target = Target::kDirectory;
  Source source = Source::kNone;
  std::string shown_at = {};    ///< Where the source appears, of an op that has no target.
  std::string looks_like = {};  ///< What the probe's "stat" says of it: "directory 0755".
  std::string write = "ok";     ///< What its "write" says, to the file or to one in the directory.
  bool keeps_writes = false;    ///< What is written changes the source.
  /// How it refuses a target that does not exist; empty where nothing happens then.
  std::string where_nothing_is = {};
  /// How a start fails where its target leads to the root; empty where it does not.
  std::string on_root = kHidesTheProgram;
  /// How it refuses what the host has at its target; empty where it changes nothing there.
  std::string what_the_host_has = {};
  bool shows_later_mounts = false;

  bool covers() const {
    return target == Target::kExistingDirectory || target == Target::kExistingFile;
  }
  /// Where the source appears, of an op with this target.
  const std::string& place(const std::string& chosen) const {
    return shown_at.empty() ? chosen : shown_at;
  }
  bool is_directory() const {
    return target == Target::kDirectory || target == Target::kExistingDirectory;
  }
};
std::ostream& operator<<(std::ostream& out, const OpCase& op);

/// The cases of an op. There is no general definition: a program with an op that is registered in
/// ops/ and has no cases does not link.
template <class Spec>
std::vector<OpCase> cases_of();

struct RegisteredOp {
  std::string name;
  std::vector<OpCase> cases;
};
const std::vector<RegisteredOp>& registered_ops();

/// The cases of all ops that `wanted` picks.
std::vector<OpCase> cases_where(bool (*wanted)(const OpCase& op));

/// The host that the corpus runs on, in a folder of its own: `app`, which programs may write to;
/// `root`, a tree that is somebody's root; `outside`, where nothing may ever change; and `one` and
/// `two`, which are sources.
class CorpusTest : public KernelTest {
 protected:
  void SetUp() override;

  std::string outside() const { return scratch_ / "outside"; }
  /// A source for the op: `directory` itself, or the file or link in it.
  std::string source_in(const std::string& directory, const OpCase& op) const;
  /// Puts on the host what the op needs at its target.
  static void put_subject(const std::string& path, const OpCase& op);
  /// Lets earlier ops make it inside.
  static void add_subject(Ops& ops, const std::string& path, const OpCase& op);

  /// Nothing but the probe.
  static Box small_box();

  /// Remembers what the host is like; `expect_host_unchanged` compares.
  void look_at_host(const OpCase& op);
  void expect_host_unchanged(const OpCase& op) const;

  Scratch scratch_;

 private:
  std::string snapshot(const OpCase& op) const;
  std::string before_;
};

}  // namespace kekkai::kernel_tests
