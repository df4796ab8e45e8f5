#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/check.h"

namespace rowhouse::http {

// A self-signed certificate for 127.0.0.1 in a temporary directory.
struct TestCertificate {
  std::string certificate_file;
  std::string key_file;

  static TestCertificate Make() {
    std::string directory = "/tmp/rowhouse-tls-XXXXXX";
    CHECK(::mkdtemp(directory.data()) != nullptr);
    TestCertificate out{directory + "/cert.pem", directory + "/key.pem"};
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 24L * 3600);
    X509_set_version(certificate, 2);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    const auto* common_name = reinterpret_cast<const unsigned char*>("rowhouse test");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION* names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    CHECK(X509_sign(certificate, key, EVP_sha256()) > 0);
    Write(out.certificate_file, [&](std::FILE* f) { return PEM_write_X509(f, certificate); });
    Write(out.key_file, [&](std::FILE* f) {
      return PEM_write_PrivateKey(f, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
    X509_free(certificate);
    EVP_PKEY_free(key);
    return out;
  }

 private:
  template <typename Writer>
  static void Write(const std::string& path, Writer writer) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    CHECK(file != nullptr && writer(file) == 1);
    CHECK(std::fclose(file) == 0);
  }
};

}  // namespace rowhouse::http
