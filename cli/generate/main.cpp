// Writes all that is made of the options: manual pages, completions, the JSON schema.
//
//     kekkai-generate TEMPLATES FOLDER [NAME=TEXT...]
//
// FOLDER becomes what is installed as share; "@NAME@" in a template becomes TEXT.
#include "../files.h"
#include "manual.h"

#include <fmt/format.h>
#include <stdio.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace cli = kekkai::cli;

namespace {

using Texts = std::map<std::string, std::string>;

void write_file(const std::filesystem::path& path, const std::string& content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.flush();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

void write_share(const std::string& templates, const std::filesystem::path& folder, Texts texts) {
  texts["VERSION"] = KEKKAI_VERSION;
  const auto page = [&](const std::string& name, const std::string& options) {
    texts["OPTIONS"] = options;
    const std::string text = cli::read_file(templates + "/" + name + ".in");
    write_file(folder / ("man/man" + name.substr(name.size() - 1)) / name,
               cli::fill_template(text, texts));
  };
  page("kekkai.1", cli::manual_options());
  page("kekkai.json.5", cli::manual_fields());
  page("kekkai-init.8", "");
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 2) {
    fmt::print(stderr, "Usage: kekkai-generate TEMPLATES FOLDER [NAME=TEXT...]\n");
    return 2;
  }
  Texts texts;
  for (size_t i = 2; i < words.size(); ++i) {
    const size_t equals = std::min(words[i].find('='), words[i].size());
    texts[words[i].substr(0, equals)] = words[i].substr(std::min(equals + 1, words[i].size()));
  }
  try {
    write_share(words[0], words[1], std::move(texts));
  } catch (const std::exception& e) {
    fmt::print(stderr, "kekkai-generate: {}\n", e.what());
    return 1;
  }
  return 0;
}
