// Init's life, with each of its calls told to the launcher.
#pragma once

#include <kekkai/syscall/dispatcher.h>

namespace kekkai {

/// Set for init where its calls are to be recorded: "redacted" or "kept", see RecordedContents.
inline constexpr const char* kRecordVariable = "KEKKAI_RECORD";

/// run_init(), and every call that `k` makes for it is told over the status stream, which `teller`
/// writes to. A launcher that takes no more does not disturb init.
int run_recorded_init(Dispatcher& k, Dispatcher& teller, const char* setup_variable,
                      const char* record_variable);

/// The one of the two that the environment of this process asks for.
int run_init_as_asked(Dispatcher& k);

}  // namespace kekkai
