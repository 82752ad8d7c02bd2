// What mutated sources ask while they run: whether the mutant with this number is alive.
//
// KEKKAI_MUTANT names the one that is; without it everything is as it was written. A byte for each
// mutant of the file that KEKKAI_MUTANTS_REACHED names tells which of them were asked about. It is
// mapped, so that it is right however a test ends.
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mutation {

inline int alive() {
  const char* number = ::getenv("KEKKAI_MUTANT");
  return number == nullptr ? -1 : ::atoi(number);
}

inline char* map_reached() {
  const char* path = ::getenv("KEKKAI_MUTANTS_REACHED");
  if (path == nullptr) return nullptr;
  const int fd = ::open(path, O_RDWR | O_CLOEXEC);
  struct stat status {};
  if (fd < 0 || ::fstat(fd, &status) != 0) ::abort();
  void* bytes = ::mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ | PROT_WRITE,
                       MAP_SHARED, fd, 0);
  ::close(fd);
  if (bytes == MAP_FAILED) ::abort();
  return static_cast<char*>(bytes);
}

inline bool on(int number) {
  static const int the_one = alive();
  static char* const reached = map_reached();
  if (reached != nullptr) reached[number] = 1;
  return number == the_one;
}

// A flag or an operand of "|" that is left out.
template <class T>
T flag(int number, T value) {
  return on(number) ? T{} : value;
}

template <class T>
T one_more(int number, T value) {
  return on(number) ? static_cast<T>(value + 1) : value;
}

template <class A, class B>
bool less(int number, const A& a, const B& b) {
  return on(number) ? a <= b : a < b;
}
template <class A, class B>
bool less_or_equal(int number, const A& a, const B& b) {
  return on(number) ? a < b : a <= b;
}
template <class A, class B>
bool greater(int number, const A& a, const B& b) {
  return on(number) ? a >= b : a > b;
}
template <class A, class B>
bool greater_or_equal(int number, const A& a, const B& b) {
  return on(number) ? a > b : a >= b;
}

}  // namespace mutation
