// What lies in the way of an op's target.
#pragma once

#include <string>
#include <vector>

namespace kekkai::kernel_tests {

/// Where the links lie.
enum class Ground {
  kApp,   ///< In a directory of the host that programs write to, which is bound at /app.
  kOwn,   ///< In the container's own root, where earlier ops made them.
  kHost,  ///< In a directory of the host that is the container's root.
};

/// What is at the place that a target leads to.
enum class Found {
  kSubject,        ///< What an op needs there.
  kNothing,        ///< Nothing, and it can be made there.
  kNothingOnHost,  ///< Nothing, and it would have to be made in a directory of the host.
  kFileInTheWay,   ///< A parent is a file.
  kNeverReached,   ///< The way has no end, or leads over a magic link of /proc.
};

struct Link {
  std::string path;  ///< From the ground's directory: "var/run".
  std::string target;
};

/// "{outside}" stands for a directory of the host, which init would find as /host{outside};
/// "{name}" for the shape's name, so that shapes do not get in each other's way.
struct Shape {
  std::string name;
  Ground ground;
  std::vector<Link> links;
  std::string path;   ///< The op's target.
  std::string place;  ///< Where it leads to, inside the container.
  Found found;
  bool is_leaf = false;  ///< The last component of `path` is a link.

  /// With all names filled in.
  Shape with_outside(const std::string& outside) const;
};

/// All shapes whose links lie on this ground.
std::vector<Shape> shapes_on(Ground ground, const std::string& outside);

}  // namespace kekkai::kernel_tests
