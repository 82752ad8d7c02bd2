// Somebody on the host who exchanges names while init works.
#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace kekkai::kernel_tests {

/// Lets two names of the host change places, again and again, as long as it lives; then they are
/// where they were.
class Renamer {
 public:
  Renamer(std::string a, std::string b);
  Renamer(const Renamer&) = delete;
  Renamer& operator=(const Renamer&) = delete;
  ~Renamer();

 private:
  void exchange() const;

  std::string a_, b_;
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

}  // namespace kekkai::kernel_tests
