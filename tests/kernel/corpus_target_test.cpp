// Every op with every shape: it works inside of the container, or is refused, as the shape says;
// nothing is made or mounted on the host (bubblewrap CVE-2026-87766, runc CVE-2024-45310 and the
// like), and links that mean well work (bubblewrap #801).
#include "corpus.h"
#include "corpus_attempt.h"
#include "corpus_shapes.h"

#include <filesystem>

namespace kekkai::kernel_tests {
namespace {
namespace fs = std::filesystem;

/// What has to come of an op at a shape.
struct Expected {
  std::string refusal = {};  ///< Part of what it throws; empty where it works.
  bool is_there = false;     ///< The op's work is at the place.
};

Expected expected(const OpCase& op, const Shape& shape) {
  if (op.target == Target::kLink && shape.is_leaf) {
    return {"exists already, and is not this link"};
  }
  if (shape.found == Found::kNeverReached) return {"Too many levels of symbolic links"};
  if (shape.found == Found::kSubject) {
    const bool is_refused = shape.ground == Ground::kHost && !op.what_the_host_has.empty();
    return is_refused ? Expected{op.what_the_host_has} : Expected{.is_there = true};
  }
  if (op.covers()) return {op.where_nothing_is};
  if (shape.found == Found::kFileInTheWay) return {"Not a directory"};
  if (shape.found == Found::kNothingOnHost) return {"and nothing is created on the host"};
  return {.is_there = true};
}

bool is_writable_on_host(const OpCase& op, const Shape& shape) {
  return shape.ground == Ground::kHost && op.write == "ok";
}

class CorpusTarget : public CorpusTest, public testing::WithParamInterface<OpCase> {
 protected:
  static const OpCase& op() { return GetParam(); }

  /// A container with all of the shapes, and the op at each of them.
  void add_attempt(Ops& ops, const Shape& shape) const {
    Ops one;
    op().add(one, shape.path, source_in("one", op()));
    ops.add(Attempt{.name = shape.name, .encoded = one.encode()});
  }

  void furnish(Ops& ops, const Shape& shape) const {
    for (const Link& link : shape.links) {
      if (shape.ground == Ground::kOwn) {
        ops.symlink({.path = "/" + link.path, .target = link.target});
        continue;
      }
      const fs::path path =
          scratch_ / ((shape.ground == Ground::kApp ? "app/" : "root/") + link.path);
      fs::create_directories(path.parent_path());
      fs::create_symlink(link.target, path);
    }
    if (shape.found == Found::kSubject) return furnish_subject(ops, shape);
    if (shape.found == Found::kNothing && shape.ground == Ground::kApp && !shape.links.empty()) {
      ops.mkdir({.path = ContainerPath(shape.place).parent()});
    }
  }

  void furnish_subject(Ops& ops, const Shape& shape) const {
    if (shape.ground == Ground::kHost) {
      const fs::path path = scratch_ / ("root" + shape.place);
      fs::create_directories(path.parent_path());
      put_subject(path, op());
    } else {
      add_subject(ops, shape.place, op());
    }
  }

  /// The probe looks at the place, and writes there: not on the host, where that is allowed.
  void look_at(const Shape& shape, std::vector<std::string>& steps) const {
    steps.insert(steps.end(), {"stat", "/attempts/" + shape.name, "--"});
    const Expected want = expected(op(), shape);
    if (!want.refusal.empty() || shape.place.empty()) return;
    steps.insert(steps.end(), {"stat", shape.place, "--"});
    if (writes(shape)) steps.insert(steps.end(), {"write", written(shape), "x", "--"});
  }
  static bool writes(const Shape& shape) {
    return expected(op(), shape).is_there && op().target != Target::kLink &&
           !is_writable_on_host(op(), shape);
  }
  static std::string written(const Shape& shape) {
    return op().is_directory() ? shape.place + "/canary" : shape.place;
  }

  static void expect_work(const Seen& seen, const Shape& shape) {
    const Expected want = expected(op(), shape);
    const std::string outcome = seen["stat./attempts/" + shape.name];
    if (!want.refusal.empty()) {
      EXPECT_THAT(outcome, testing::HasSubstr(want.refusal)) << shape.name;
      return;
    }
    EXPECT_EQ(outcome, "link worked") << shape.name;
    if (shape.place.empty()) return;
    EXPECT_EQ(seen["stat." + shape.place], want.is_there ? op().looks_like : "ENOENT")
        << shape.name;
    EXPECT_EQ(seen["write." + written(shape)], writes(shape) ? op().write : "(nothing)")
        << shape.name;
  }

  void expect_inside_or_refused(Box box, const std::vector<Shape>& all) {
    std::vector<std::string> steps;
    for (const Shape& shape : all) furnish(box.ops(), shape);
    for (const Shape& shape : all) {
      add_attempt(box.ops(), shape);
      look_at(shape, steps);
    }
    look_at_host(op());
    const Seen seen = probe(std::move(box), steps);
    for (const Shape& shape : all) expect_work(seen, shape);
    expect_host_unchanged(op());
  }
};

TEST_P(CorpusTarget, IsInsideOrRefused) {
  std::vector<Shape> all = shapes_on(Ground::kApp, outside());
  for (Shape& shape : shapes_on(Ground::kOwn, outside())) all.push_back(std::move(shape));
  Box box = small_box();
  box.ops().proc().bind({.source = scratch_ / "app", .target = "/app", .writable = true});
  expect_inside_or_refused(std::move(box), all);
}

TEST_P(CorpusTarget, IsInsideOrRefusedInARootOfTheHosts) {
  scratch_.make_file("root/probe", "");
  scratch_.make_directory("root/attempts");
  Box box = small_box();
  box.ops() = Ops();
  box.ops()
      .bind({.source = scratch_ / "root", .target = "/", .writable = true})
      .bind({.source = probe_path(), .target = "/probe"})
      .tmpfs({.path = "/attempts"});
  expect_inside_or_refused(std::move(box), shapes_on(Ground::kHost, outside()));
}

TEST_P(CorpusTarget, MayLeadToTheRoot) {
  scratch_.make_link("app/up", "../../../..");
  Box box = small_box();
  box.ops().bind({.source = scratch_ / "app", .target = "/app", .writable = true});
  op().add(box.ops(), "/app/up", source_in("one", op()));
  look_at_host(op());
  if (op().target == Target::kLink) {
    EXPECT_THAT(start_failure(std::move(box)).message(), testing::HasSubstr("exists already"));
  } else if (op().on_root.empty()) {
    probe(std::move(box), {});
  } else {
    EXPECT_THAT(start_failure(std::move(box)).message(), testing::HasSubstr(op().on_root));
  }
  expect_host_unchanged(op());
}

INSTANTIATE_TEST_SUITE_P(Ops, CorpusTarget, testing::ValuesIn(cases_where([](const OpCase& op) {
                           return op.target != Target::kNone;
                         })),
                         [](const auto& i) { return i.param.name; });

}  // namespace
}  // namespace kekkai::kernel_tests
