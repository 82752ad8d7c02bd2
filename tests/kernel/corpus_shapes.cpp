#include "corpus_shapes.h"

#include <utility>

namespace kekkai::kernel_tests {
namespace {

using enum Found;

constexpr const char* kFarUp = "../../../../../../../../../..";

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

Shape below_link(Ground ground, std::string name, std::string target, std::string place,
                 Found found) {
  const std::string directory = ground == Ground::kApp ? "/app/" : "/links/";
  const std::string link = ground == Ground::kApp ? "{name}" : "links/{name}";
  return {std::move(name),  ground, {{link, std::move(target)}}, directory + "{name}/{name}",
          std::move(place), found};
}

Shape leaf(Ground ground, std::string name, std::string target, std::string place, Found found) {
  Shape shape = below_link(ground, std::move(name), std::move(target), std::move(place), found);
  shape.path = shape.path.substr(0, shape.path.rfind('/'));
  shape.is_leaf = true;
  return shape;
}

// Where the same place is there inside, it is the one that is meant: a link in a directory that
// programs write to.
std::vector<Shape> on_app() {
  const auto parent = [](const std::string& name, std::string target, std::string place,
                         Found found) {
    return below_link(Ground::kApp, "Parent" + name, std::move(target), std::move(place), found);
  };
  const auto last = [](const std::string& name, std::string target, std::string place,
                       Found found) {
    return leaf(Ground::kApp, "Leaf" + name, std::move(target), std::move(place), found);
  };
  const std::string far_up = kFarUp;
  return {
      parent("ToTheHost", "{outside}", "{outside}/{name}", kNothing),
      parent("ToTheHostsMount", "/host{outside}", "/host{outside}/{name}", kNothing),
      parent("UpToTheHost", far_up + "{outside}", "{outside}/{name}", kNothing),
      parent("UpToTheHostsMount", "../../host{outside}", "/host{outside}/{name}", kNothing),
      parent("ToTheRoot", "/", "/{name}", kNothing),
      parent("Up", "..", "/{name}", kNothing),
      parent("FarUp", far_up, "/{name}", kNothing),
      parent("Benign", "/run", "/run/{name}", kNothing),
      parent("BenignWithSubject", "/run", "/run/{name}", kSubject),
      parent("Loops", "{name}", "", kNeverReached),
      parent("IsMagicRoot", "/proc/self/root{outside}", "", kNeverReached),
      parent("IsMagicDirectory", "/proc/self/cwd/..", "", kNeverReached),
      parent("IsMagicDescriptor", "/proc/1/fd/3", "", kNeverReached),
      parent("DanglesToTheHost", "{outside}/missing", "", kNothingOnHost),
      parent("DanglesToTheHostsMount", "/host{outside}/missing", "", kNothingOnHost),
      parent("Dangles", "not/there", "", kNothingOnHost),
      parent("IsAFile", "file", "", kFileInTheWay),
      {"ParentIsMissing", Ground::kApp, {}, "/missing/parent/new", "/missing/parent/new", kNothing},
      {"MissingOnTheHost", Ground::kApp, {}, "/app/new", "", kNothingOnHost},
      {"ParentIsMissingOnTheHost", Ground::kApp, {}, "/app/missing/new", "", kNothingOnHost},
      last("ToTheHost", "{outside}/existing", "{outside}/existing", kSubject),
      last("ToTheHostsMount", "/host{outside}/existing", "/host{outside}/existing", kSubject),
      last("UpToTheHostsMount", "../host{outside}/victim", "/host{outside}/victim", kSubject),
      last("Loops", "{name}", "", kNeverReached),
      last("IsMagicRoot", "/proc/self/root", "", kNeverReached),
      last("IsMagicDescriptor", "/proc/1/fd/3", "", kNeverReached),
      last("DanglesToTheHostsMount", "/host{outside}/missing/x", "", kNothingOnHost),
      last("Dangles", "not/there", "", kNothingOnHost),
  };
}

// Links that dangle lead to what is made then: inside.
std::vector<Shape> on_own() {
  const auto parent = [](const std::string& name, std::string target, std::string place,
                         Found found) {
    return below_link(Ground::kOwn, "OwnParent" + name, std::move(target), std::move(place), found);
  };
  const auto last = [](const std::string& name, std::string target, std::string place) {
    return leaf(Ground::kOwn, "OwnLeaf" + name, std::move(target), std::move(place), kNothing);
  };
  return {
      parent("ToTheHost", "{outside}/own", "{outside}/own/{name}", kNothing),
      parent("ToTheHostsMount", "/host{outside}/own", "/host{outside}/own/{name}", kNothing),
      parent("UpToTheHostsMount", "../../host{outside}/up", "/host{outside}/up/{name}", kNothing),
      parent("OutOfTheSysroot", "/sysroot/../elsewhere", "/elsewhere/{name}", kNothing),
      parent("Dangles", "/not/there", "/not/there/{name}", kNothing),
      parent("Loops", "{name}", "", kNeverReached),
      last("ToTheHost", "{outside}/leaf/{name}", "{outside}/leaf/{name}"),
      last("ToTheHostsMount", "/host{outside}/leaf/{name}", "/host{outside}/leaf/{name}"),
      last("Dangles", "/not/there/{name}", "/not/there/{name}"),
      {"BenignAbsolute", Ground::kOwn, {{"var/run", "/run"}}, "/var/run/a", "/run/a", kNothing},
      {"BenignRelative", Ground::kOwn, {{"bin", "usr/bin"}}, "/bin/b", "/usr/bin/b", kNothing},
      {"BenignUp", Ground::kOwn, {{"a/up", "../../run"}}, "/a/up/c", "/run/c", kNothing},
      {"BenignLeaf", Ground::kOwn, {{"leaf", "/run/d"}}, "/leaf", "/run/d", kNothing, true},
      {"BenignLeafWithSubject", Ground::kOwn, {{"e", "/run/e"}}, "/e", "/run/e", kSubject, true},
  };
}

Shape in_host(const std::string& name, const std::string& what, const std::string& target,
              Found found) {
  return {"Root" + what + "_" + name,
          Ground::kHost,
          {{"{name}/" + name, target}},
          "/{name}/" + name,
          found == kSubject ? target : "",
          found,
          true};
}

// The root is a directory of the host, and nothing can be made in it. Its /dev, /proc and /sys are
// links (runc CVE-2019-16884 and its family).
std::vector<Shape> on_host() {
  std::vector<Shape> all{
      {"RootBenign", Ground::kHost, {{"var/run", "/run"}}, "/var/run/a", "/run/a", kSubject},
      {"RootBenignRelative", Ground::kHost, {{"bin", "usr/bin"}}, "/bin/b", "/usr/bin/b", kSubject},
  };
  for (const std::string name : {"dev", "proc", "sys"}) {
    all.push_back(in_host(name, "ToOutside", "{outside}", kNothingOnHost));
    all.push_back(in_host(name, "ToTheHostsMount", "/host{outside}", kNothingOnHost));
    all.push_back(in_host(name, "Up", kFarUp + std::string("/host{outside}"), kNothingOnHost));
    all.push_back(in_host(name, "ToElsewhereInIt", "/else-{name}", kSubject));
  }
  return all;
}

}  // namespace

Shape Shape::with_outside(const std::string& outside) const {
  const auto filled = [&](const std::string& text) {
    return replace_all(replace_all(text, "{outside}", outside), "{name}", name);
  };
  Shape shape = *this;
  shape.path = filled(path);
  shape.place = filled(place);
  for (Link& link : shape.links) link = {filled(link.path), filled(link.target)};
  return shape;
}

std::vector<Shape> shapes_on(Ground ground, const std::string& outside) {
  std::vector<Shape> all = ground == Ground::kApp   ? on_app()
                           : ground == Ground::kOwn ? on_own()
                                                    : on_host();
  for (Shape& shape : all) shape = shape.with_outside(outside);
  return all;
}

}  // namespace kekkai::kernel_tests
