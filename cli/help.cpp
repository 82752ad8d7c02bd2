#include "help.h"

#include "explain_command.h"
#include "option_text.h"
#include "seccomp_command.h"
#include "wrap.h"

#include <fmt/format.h>

#include <string_view>

namespace kekkai::cli {
namespace {

constexpr std::string_view kMainHelp = R"(Kekkai runs programs in sandboxes of their own.

Usage: kekkai run|explain [OPTION...] [--] COMMAND [ARGUMENT...]
       kekkai seccomp list|show|explain|diff|export ... | kekkai replay FILE
       kekkai bwrap|convert ... | kekkai doctor | --help | --version

A first sandbox: the host's files read-only, and nothing of yours
  kekkai run -- ls /home

The usual options
  kekkai run --rw . -- make                 this directory is writable
  kekkai run --ro ~/.vimrc -- vim           a file of yours, read-only
  kekkai run --rw ~/work:/srv/w -- COMMAND  at another place
  kekkai run --net -- COMMAND               the host's network
  kekkai run --env KEY=value -- COMMAND     one more variable
  kekkai run --tty -- bash                  this terminal, with job control
  kekkai run --timeout 10s -- COMMAND       for so long at most
  kekkai run --config FILE                  the same options, as JSON

More to read
  kekkai run --help                         every option, every default
  kekkai seccomp --help                     which system calls are refused
  man kekkai                                the manual
)";

constexpr std::string_view kRunHead = R"(Usage: kekkai run [OPTION...] [--] COMMAND [ARGUMENT...]

Runs COMMAND in a sandbox of its own. Files are set up in the order of options.
)";

constexpr std::string_view kExplainHead =
    R"(Usage: kekkai explain [OPTION...] [--] [COMMAND [ARGUMENT...]]
       kekkai explain [--json] --bwrap WORD...
       kekkai explain [--json] --diff A B

Tells what `kekkai run` would do with these options, and does nothing: each op
with the option that it comes from, the mounts and files that come of it, what
the program may do, and what is probably not meant so. Takes all options of
`kekkai run`, and:
)";

constexpr std::string_view kExplainTail = R"(
Exit status: 0; 1 where --lint finds a warning or an error; 125 where the run
would not start, with the message of the run.

Examples:
  kekkai explain --rw . -- make            what make could do
  kekkai explain --lint --config app.json  for continuous integration
)";

constexpr std::string_view kRunTail = R"(
FLAGS of --ro, --rw and --dev, separated by commas: optional (SRC may be
missing), ensure (SRC is made where it is missing), noexec, slave (later mounts
of the host appear, too). A ":" in a path is written "\:".

What holds by default:
  Files      / of the host, read-only; /home /root /run /tmp /var/tmp /mnt
             /media /srv and HOME empty, writable, and gone with the sandbox;
             /proc and /dev of its own.
  Variables  HOME USER LOGNAME SHELL TERM COLORTERM LANG LC_* TZ pass, PATH is
             /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin.
  Directory  The working directory where it is visible, else HOME, else /.
  Rights     The caller's user and group id, no capability, no way to gain one.
             --uid and --gid change only the number inside: files keep their
             owner. As root, files that only root may read stay readable.
  The rest   No network but a loopback interface; only its own processes; the
             system call filter "strict"; a session of its own unless --tty
             keeps the caller's; of the open descriptors only 0, 1 and 2.

Exit status: COMMAND's, or 128 + n when signal n ended it; 124 after --timeout;
125 there is no sandbox, 126 COMMAND cannot be executed, 127 it was not found.
)";

constexpr std::string_view kSeccompTail = R"(
POLICY, A and B are presets with their options, separated by commas, such as
"strict" or "common,deny_tty,can"; or a file of rules, which has a / in its name
or ends in .json: our own JSON, or the linux.seccomp object of OCI.

Options:
  --json            one line of JSON instead of text (not for export)
  --arch ARCH       x86_64, i386 or arm64 instead of this machine's
  --format FORMAT   for export:
                    bpf    the filter as the kernel loads it, for --seccomp-bpf
                           of kekkai run, or --seccomp of bwrap
                    oci    the linux.seccomp object of the OCI runtime
                           specification, for podman, docker and the like
                    json   rules for --seccomp-rules of kekkai run
                    table  Markdown, for documents

Examples:
  kekkai seccomp show strict               what the default refuses
  kekkai seccomp explain ptrace            one call, and how to allow it
  kekkai seccomp diff strict strict,can    what an option changes
)";

constexpr std::string_view kDoctorHelp = R"(Usage: kekkai doctor [--json]

Tries everything that sandboxes are made of, each by itself, and leaves nothing
behind. Tells what works (ok), what does not (no) with what that costs and the
one command that mends it, and what was not tried (--), for it needs another.

Options:
  --json  one line of JSON instead of text

Exit status: 0 all works that `kekkai run` needs; 1 it does not; 125 the command
line was not understood.
)";

constexpr std::string_view kConvertHelp =
    R"(Usage: kekkai convert --bwrap WORD...
       kekkai convert OPTION... [--] [COMMAND [ARGUMENT...]]

With --bwrap, writes the options of `kekkai run` that mean the same as
`bwrap WORD...`, for whoever calls it here, as JSON: for --config, or to be
read. Otherwise writes what bwrap would have to be told to come as close as it
can to `kekkai run OPTION...`. What the other one cannot say is named on stderr.

Exit status: 0; 1 where something was left out; 125 for an error.

Examples:
  kekkai convert --bwrap --ro-bind / / --unshare-all sh >sh.json
  kekkai run --config sh.json
  kekkai convert --config sh.json
)";

constexpr std::string_view kReplayHelp = R"(Usage: kekkai replay FILE [--to-test FILE] [--json]

Runs launcher and init once more on what `kekkai run --record FILE` has recorded
of a start: every call is answered as it was answered then. It needs no
privileges, and neither reads nor changes anything of this system.

Options:
  --to-test FILE    write a C++ test that replays the recording and expects the
                    same end
  --json            one line of JSON instead of text

Exit status: 0 it came to the same end, 1 it made another call or came to another
end, 125 FILE cannot be read or is no recording.
)";

std::string entry(const OptionText& option) { return help_entry(synopsis(option), option.help); }

}  // namespace

std::string main_help() { return std::string(kMainHelp); }

std::string doctor_help() { return std::string(kDoctorHelp); }

std::string convert_help() { return std::string(kConvertHelp); }

std::string replay_help() { return std::string(kReplayHelp); }

std::string seccomp_help() {
  std::string text = "Usage:\n";
  for (const SeccompVerb& verb : seccomp_verbs()) {
    const std::string usage = fmt::format("{} {}", verb.name, verb.operands);
    text += fmt::format("  kekkai seccomp {:13}  {}\n", usage, verb.help);
  }
  return text.append(kSeccompTail);
}

std::string explain_help() {
  std::string text(kExplainHead);
  for (const ExplainOption& option : explain_options()) {
    text += entry({.name = option.name, .value = option.value, .help = option.help});
  }
  return text.append(kExplainTail);
}

std::string run_help() {
  std::string text(kRunHead);
  std::string_view group;
  for (const OptionText& option : option_texts()) {
    if (option.group != group) text += fmt::format("\n{}:\n", option.group);
    group = option.group;
    text += entry(option);
  }
  return text.append(kRunTail);
}

}  // namespace kekkai::cli
