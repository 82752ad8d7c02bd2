#include "bwrap_report.h"

#include "message.h"

#include <errno.h>
#include <fmt/format.h>

#include <system_error>
#include <variant>

namespace kekkai::cli {
namespace {

std::string because(std::string_view what, int error) {
  return fmt::format("{}: {}", what, std::generic_category().message(error));
}

const BwrapStep* step_of(const Failure& failure, const BwrapOptions& options) {
  const auto index = static_cast<size_t>(failure.op_index);
  return failure.op_index >= 0 && index < options.steps.size() ? &options.steps[index] : nullptr;
}

// The source that could not be found, as it was written; empty where it was something else.
std::string missing_source(const Failure& failure, const BwrapOptions& options) {
  constexpr std::string_view kOpen = "openat2 ";
  if (failure.phase != Phase::kEarly || !failure.call.starts_with(kOpen)) return {};
  const BwrapStep* step = step_of(failure, options);
  if (step == nullptr) return {};
  const auto* bind = std::get_if<BwrapBind>(step);
  if (bind != nullptr) return bind->source;
  return std::holds_alternative<BwrapOverlay>(*step) ? failure.call.substr(kOpen.size())
                                                     : std::string();
}

// "--ro-bind-try passes over what is missing"; nothing for an option that has no such kind.
std::string how_to_do_without(std::string_view written) {
  const std::string_view name = written.substr(0, written.find(' '));
  if (name != "--bind" && name != "--ro-bind" && name != "--dev-bind") return {};
  return fmt::format("{}-try passes over what is missing", name);
}

std::string join(std::string_view first, std::string_view second) {
  return fmt::format("{}{}{}", first, first.empty() || second.empty() ? "" : "; ", second);
}

BwrapError explain_program(const Failure& failure, const BwrapOptions& options) {
  const bool is_program = failure.exit_code != kExitSetupFailed;
  if (is_program) {
    return BwrapError(
        because("execvp " + options.command.front(), failure.error != 0 ? failure.error : ENOENT),
        join(failure.reason, failure.hint));
  }
  if (options.chdir && failure.call.starts_with("openat2 ")) {
    return BwrapError(because("Can't chdir to " + *options.chdir, failure.error), failure.hint);
  }
  return BwrapError(failure.message(), failure.hint);
}

std::string members(std::string_view separator, pid_t pid, const NamespaceIds& namespaces) {
  std::string text = fmt::format("\"child-pid\": {}", pid);
  for (const auto& [name, id] : namespaces) {
    text += fmt::format(",{}\"{}-namespace\": {}", separator, name, id);
  }
  return text;
}

}  // namespace

std::string bwrap_message(BwrapLevel level, std::string_view text, bool level_prefix) {
  const std::string prefix = level_prefix ? fmt::format("<{}>", static_cast<int>(level)) : "";
  return fmt::format("{}bwrap: {}\n", prefix, escape_control(text));
}

BwrapError explain_bwrap_failure(const Failure& failure, const BwrapOptions& options) {
  if (failure.phase == Phase::kExecute) return explain_program(failure, options);
  const BwrapStep* step = step_of(failure, options);
  std::string hint = failure.hint;
  if (step != nullptr) {
    const std::string& written = options.step_options[static_cast<size_t>(failure.op_index)];
    hint = join("the option is `" + written + "`", hint);
  }
  const std::string source = missing_source(failure, options);
  if (!source.empty()) {
    const std::string& written = options.step_options[static_cast<size_t>(failure.op_index)];
    return BwrapError(because("Can't find source path " + source, failure.error),
                      join("the option is `" + written + "`", how_to_do_without(written)));
  }
  return BwrapError(failure.message(), hint);
}

std::string bwrap_info(pid_t pid, const NamespaceIds& namespaces) {
  return fmt::format("{{\n    {}\n}}\n", members("\n    ", pid, namespaces));
}

std::string bwrap_child_line(pid_t pid, const NamespaceIds& namespaces) {
  return fmt::format("{{ {} }}\n", members(" ", pid, namespaces));
}

std::string bwrap_exit_line(int exit_code) {
  return fmt::format("{{ \"exit-code\": {} }}\n", exit_code);
}

}  // namespace kekkai::cli
