# The targets of targets.h, and what they are made of. tests/ replays their corpus.
set(KEKKAI_FUZZ_TARGETS
  setup_stream status_stream paths mountinfo command_line config_file values policy_file filter bpf
  recording)
set(KEKKAI_FUZZ_SOURCES
  bpf.cpp command_line.cpp config_file.cpp filter.cpp mountinfo.cpp paths.cpp policy_file.cpp
  promises.cpp recording.cpp reference_bpf.cpp streams.cpp values.cpp)
list(TRANSFORM KEKKAI_FUZZ_SOURCES PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
