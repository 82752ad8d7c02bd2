// `kekkai run --record`: what launcher and init asked of the kernel, in a file.
#pragma once

#include "new_file.h"
#include "run_options.h"
#include "session.h"

#include <string>

namespace kekkai::cli {

class RecordFile final : public StartListener {
 public:
  /// Sees that the file can be made. Throws std::invalid_argument.
  RecordFile(Dispatcher& k, const RecordOptions& options);

  /// Makes the file, and lets the container tell its calls from here on.
  void begin(ContainerSettings& container) override;
  // What is told before it begins is not recorded.
  void failed(const Failure& failure, const std::string& cause) override;
  void ended(const ExitStatus& status) override;
  /// Nothing is known of the end.
  void lost();

  /// Why the file is not complete; empty where it is.
  const std::string& problem() const { return problem_; }

 private:
  void add(const std::string& line);
  void finish(const std::string& line);
  template <class Run>
  void try_write(Run run);

  Dispatcher& k_;
  const RecordOptions options_;
  NewFile file_;
  bool has_begun_ = false;
  int64_t beginning_ns_ = 0;
  std::string text_;  // of the recording, where a trace is made of it
  std::string problem_;
};

}  // namespace kekkai::cli
