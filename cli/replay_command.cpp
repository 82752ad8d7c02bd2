#include "replay_command.h"

#include "file_options.h"
#include "files.h"
#include "json_line.h"
#include "message.h"
#include "new_file.h"
#include "usage_error.h"

#include <kekkai/replay/replay.h>
#include <kekkai/replay/test_source.h>

#include <fmt/format.h>

#include <algorithm>

#include <CLI/CLI.hpp>

namespace kekkai::cli {
namespace {

constexpr const char* kSeeHelp = "see `kekkai replay --help`";

std::string describe(const RecordedEnd& end) {
  if (const auto* failure = std::get_if<Failure>(&end)) return failure->message();
  if (const auto* status = std::get_if<ExitStatus>(&end)) {
    return status->signalled ? "the program was ended by " + signal_name(status->value)
                             : fmt::format("the program exited with {}", status->value);
  }
  return "how it ended is not known";
}

std::string hint_of(const RecordedEnd& end) {
  const auto* failure = std::get_if<Failure>(&end);
  return failure == nullptr ? std::string() : failure->hint;
}

bool agrees(const Recording& recording, const ReplayOutcome& outcome) {
  return recording.is_complete && !outcome.divergence && outcome.end == recording.end;
}

std::string describe_wholly(const RecordedEnd& end) {
  const std::string hint = hint_of(end);
  return describe(end) + (hint.empty() ? "" : " (hint: " + hint + ")");
}

// Why the two do not agree.
std::string difference(const Recording& recording, const ReplayOutcome& outcome) {
  std::string text;
  if (const auto& divergence = outcome.divergence) {
    text = divergence->line != 0
               ? fmt::format("line {}: another call was made than was recorded\n", divergence->line)
               : "a call was made when no recorded one was left\n";
    const auto row = [&](const char* name, const std::string& call) {
      if (!call.empty()) text += fmt::format("  {}  {}\n", name, escape_control(call));
    };
    row("recorded", divergence->recorded);
    row("made    ", divergence->made);
  } else if (recording.is_complete) {
    text = fmt::format("it came to another end\n  recorded  {}\n  made      {}\n",
                       escape_control(describe_wholly(recording.end)),
                       escape_control(describe_wholly(outcome.end)));
  }
  if (!recording.is_complete) text += "the recording has no last line: its end is cut off\n";
  if (recording.version != KEKKAI_VERSION) {
    text += fmt::format("it was recorded by Kekkai {}, this is Kekkai " KEKKAI_VERSION "\n",
                        escape_control(recording.version));
  }
  return text;
}

std::string as_json(const Recording& recording, const ReplayOutcome& outcome) {
  Json json{{"agrees", agrees(recording, outcome)}, {"kekkai", recording.version},
            {"kernel", recording.kernel},           {"machine", recording.machine},
            {"calls", recording.calls.size()},      {"end", describe(outcome.end)}};
  if (const std::string hint = hint_of(outcome.end); !hint.empty()) json["hint"] = hint;
  if (!recording.cause.empty()) json["cause"] = recording.cause;
  if (const auto& divergence = outcome.divergence) {
    json["divergence"] = {
        {"line", divergence->line}, {"recorded", divergence->recorded}, {"made", divergence->made}};
  }
  return to_line(json);
}

std::string as_text(const Recording& recording, const ReplayOutcome& outcome) {
  std::string text = fmt::format(
      "recorded by Kekkai {} on Linux {} ({}): {} calls\n", escape_control(recording.version),
      escape_control(recording.kernel), escape_control(recording.machine), recording.calls.size());
  if (!agrees(recording, outcome)) return text + difference(recording, outcome);
  text += "replayed to the same end:\n";
  text += fmt::format("  {}\n", escape_control(describe(outcome.end)));
  if (!recording.cause.empty()) {
    text += fmt::format("  because {}\n", escape_control(recording.cause));
  }
  if (const std::string hint = hint_of(outcome.end); !hint.empty()) {
    text += fmt::format("  hint: {}\n", escape_control(hint));
  }
  return text;
}

}  // namespace

ReplayRequest parse_replay(const std::vector<std::string>& arguments, const Caller& caller) {
  ReplayRequest request;
  CLI::App app("", "kekkai replay");
  app.set_help_flag();
  app.add_option("FILE", request.file);
  app.add_option("--to-test", request.test_file);
  app.add_flag("--json", request.json);
  app.add_flag("-h,--help", request.help);
  std::vector<std::string> words(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
  try {
    app.parse(words);
  } catch (const CLI::ParseError& e) {
    throw UsageError(std::string("replay: ") + e.what(), kSeeHelp);
  }
  if (request.help) return request;
  if (request.file.empty()) throw UsageError("replay: FILE is missing", kSeeHelp);
  request.file = absolute(caller, request.file);
  if (!request.test_file.empty()) request.test_file = absolute(caller, request.test_file);
  return request;
}

Answer run_replay(Dispatcher& k, const ReplayRequest& request) {
  const std::string text = read_file(request.file);
  try {
    const Recording recording = parse_recording(text);
    const ReplayOutcome outcome = replay(recording);
    if (!request.test_file.empty() && agrees(recording, outcome)) {
      NewFile(k, "--to-test", request.test_file).create(test_source(recording, text));
    }
    return {.text = request.json ? as_json(recording, outcome) : as_text(recording, outcome),
            .exit_code = agrees(recording, outcome) ? 0 : kExitDiverged};
  } catch (const RecordingError& e) {
    throw std::invalid_argument(request.file + ": " + e.what());
  }
}

}  // namespace kekkai::cli
