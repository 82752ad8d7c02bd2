# What every target of ours is compiled with. Third-party headers come in as SYSTEM.
add_library(kekkai_options INTERFACE)
target_include_directories(kekkai_options INTERFACE
  $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(kekkai_options INTERFACE cxx_std_20)
# Designated initializers leave the other fields to the struct's own defaults.
set(warnings -Wall -Wextra -Wconversion -Wshadow -Werror -Wno-missing-field-initializers)
target_compile_options(kekkai_options INTERFACE
  "$<BUILD_INTERFACE:${warnings};-fno-omit-frame-pointer>")
target_compile_definitions(kekkai_options INTERFACE KEKKAI_VERSION="${PROJECT_VERSION}")
if(KEKKAI_SANITIZE)
  target_compile_definitions(kekkai_options INTERFACE KEKKAI_SANITIZED)
  target_compile_options(kekkai_options INTERFACE
    -fsanitize=${KEKKAI_SANITIZE} -fno-sanitize-recover=all
    -fno-sanitize=vptr  # it opens a pipe for each look, which limits and init's filter refuse
    # Most of the time that tests take to compile; what they test is checked.
    "$<$<BOOL:$<TARGET_PROPERTY:KEKKAI_IS_TEST>>:-fno-sanitize=undefined>")
  target_link_options(kekkai_options INTERFACE -fsanitize=${KEKKAI_SANITIZE})
  if(KEKKAI_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(kekkai_options INTERFACE -Wno-tsan)  # a fence of Asio's
  endif()
endif()

# A library of ours: kekkai_library(NAME SOURCES... [OBJECT] [DEPENDS targets...]).
# OBJECT keeps what only registers itself, which a linker would drop from an archive.
function(kekkai_library name)
  cmake_parse_arguments(ARG "OBJECT" "" "DEPENDS" ${ARGN})
  set(kind STATIC)
  if(ARG_OBJECT)
    set(kind OBJECT)
  endif()
  add_library(${name} ${kind} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC kekkai_options ${ARG_DEPENDS})
endfunction()

# A program of ours: static PIE where KEKKAI_STATIC is on.
function(kekkai_program name)
  add_executable(${name} ${ARGN})
  if(KEKKAI_STATIC)
    target_link_options(${name} PRIVATE -static-pie)
    set_target_properties(${name} PROPERTIES LINK_SEARCH_START_STATIC ON LINK_SEARCH_END_STATIC ON)
  endif()
endfunction()
