#include "corpus.h"

#include <kekkai/ops/register.h>

#include <algorithm>
#include <filesystem>

namespace kekkai::kernel_tests {
namespace fs = std::filesystem;

// registered_ops.inc holds the lines of ops/*.cpp that begin with REGISTER_OP. Here they are read
// twice: to declare each op's cases, and to ask for them, which the linker answers.
#undef REGISTER_OP
#define REGISTER_OP(Spec, name) \
  template <>                   \
  std::vector<OpCase> cases_of<Spec>();
#include "registered_ops.inc"
#undef REGISTER_OP

const std::vector<RegisteredOp>& registered_ops() {
#define REGISTER_OP(Spec, name) {name, cases_of<Spec>()},
  static const std::vector<RegisteredOp> kOps{
#include "registered_ops.inc"
  };
#undef REGISTER_OP
  return kOps;
}

std::vector<OpCase> cases_where(bool (*wanted)(const OpCase& op)) {
  std::vector<OpCase> found;
  for (const RegisteredOp& op : registered_ops()) {
    std::ranges::copy_if(op.cases, std::back_inserter(found), wanted);
  }
  return found;
}

std::ostream& operator<<(std::ostream& out, const OpCase& op) { return out << op.name; }

void CorpusTest::SetUp() {
  KernelTest::SetUp();
  for (const char* name : {"app", "root", "outside/existing", "below"})
    scratch_.make_directory(name);
  scratch_.make_file("app/file", "of the program");
  scratch_.make_file("outside/victim", "untouched");
  for (const std::string name : {"one", "two"}) {
    for (const char* part : {"/deep", "/below"}) scratch_.make_directory(name + part);
    scratch_.make_file(name + "/marker", name);
    scratch_.make_file(name + "/deep/marker", name);
    scratch_.make_file(name + "/inside", "");  // where the probe goes, if this is the root
    scratch_.make_link(name + "/link", name == "one" ? "anywhere" : "elsewhere");
    fs::permissions(scratch_ / name, fs::perms{0750});
    fs::permissions(scratch_ / (name + "/marker"), fs::perms{0640});
  }
}

std::string CorpusTest::source_in(const std::string& directory, const OpCase& op) const {
  const std::string path = scratch_ / directory;
  return op.source == Source::kFile   ? path + "/marker"
         : op.source == Source::kLink ? path + "/link"
                                      : path;
}

void CorpusTest::put_subject(const std::string& path, const OpCase& op) {
  if (op.target == Target::kLink) {
    fs::create_symlink("anywhere", path);
  } else if (op.is_directory()) {
    fs::create_directory(path);
    fs::permissions(path, fs::perms{0755});
  } else {
    const OwnedFd file(::creat(path.c_str(), 0644));
    fs::permissions(path, fs::perms{0644});
  }
}

void CorpusTest::add_subject(Ops& ops, const std::string& path, const OpCase& op) {
  if (op.target == Target::kLink) {
    ops.symlink({.path = path, .target = "anywhere"});
  } else if (op.is_directory()) {
    ops.mkdir({.path = path});
  } else {
    ops.file({.path = path, .content = "subject", .writable = true});
  }
}

Box CorpusTest::small_box() {
  Box box;
  box.settings.init.self = true;
  box.probe = "/probe";
  box.ops().bind({.source = probe_path(), .target = "/probe"});
  return box.steps({});
}

void CorpusTest::look_at_host(const OpCase& op) { before_ = snapshot(op); }

void CorpusTest::expect_host_unchanged(const OpCase& op) const { EXPECT_EQ(snapshot(op), before_); }

std::string CorpusTest::snapshot(const OpCase& op) const {
  std::string text;
  for (const char* name : {"app", "root", "outside", "one", "two"}) {
    if (op.keeps_writes && std::string_view(name) == "one") continue;
    text += host_snapshot(scratch_ / name);
  }
  // What a link that leads too far up would make, or the intermediate root would leave.
  for (const char* name : {"/new", "/host", "/sysroot", "/missing", "/not", "/run/new", "/else"}) {
    text += name + std::string(fs::exists(fs::symlink_status(name)) ? " is there\n" : "\n");
  }
  return text;
}

namespace {

// Ops that tests register have a name that begins so.
constexpr std::string_view kOfTests = "test: ";

// A REGISTER_OP that the list does not hold, because it is written in some other way, would have no
// cases.
TEST(CorpusList, HoldsEveryRegisteredOp) {
  std::vector<std::string> listed, registered;
  for (const RegisteredOp& op : registered_ops()) {
    listed.push_back(op.name);
    EXPECT_THAT(op.cases, testing::Not(testing::IsEmpty())) << op.name;
  }
  for (const OpKind* kind = first_op_kind; kind != nullptr; kind = kind->next) {
    if (!kind->name.starts_with(kOfTests)) registered.emplace_back(kind->name);
  }
  EXPECT_THAT(listed, testing::UnorderedElementsAreArray(registered));
}

}  // namespace
}  // namespace kekkai::kernel_tests
