"""Raw requests: what must be refused, and what is odd but right. Every name begins with the id of its case."""

H = b"POST /x HTTP/1.1\r\nHost: gw\r\n"
CHUNKED = H + b"Transfer-Encoding: chunked\r\n\r\n"
BODY = b"5\r\nhello\r\n0\r\n\r\n"
FIXED = b"Content-Length: 5\r\n\r\nhello"


def get(target: bytes, *, version: bytes = b"HTTP/1.1", host: bytes = b"Host: gw\r\n", method: bytes = b"GET") -> bytes:
    """Return a request without a body."""
    return method + b" " + target + b" " + version + b"\r\n" + host + b"\r\n"


# The second member: the statuses that are right. After any of them the connection is closed.
REFUSED: dict[str, tuple[bytes, tuple[int, ...]]] = {
    "P01_length_then_chunked": (H + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY, (400,)),
    "P01_chunked_then_length": (H + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + BODY, (400,)),
    **{
        f"P02_coding_{name}": (H + line + b"\r\n\r\n" + BODY, (400, 501))
        for name, line in {
            "xchunked": b"Transfer-Encoding: xchunked",
            "chunked_identity": b"Transfer-Encoding: chunked, identity",
            "identity_chunked": b"Transfer-Encoding: identity, chunked",
            "gzip_chunked": b"Transfer-Encoding: gzip, chunked",
            "identity": b"Transfer-Encoding: identity",
            "vertical_tab": b"Transfer-Encoding: \x0bchunked",
            "space_before_colon": b"Transfer-Encoding : chunked",
            "twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "chunked_chunked": b"Transfer-Encoding: chunked, chunked",
            "then_identity": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
            "empty": b"Transfer-Encoding:",
            "quoted": b'Transfer-Encoding: "chunked"',
            "parameter": b"Transfer-Encoding: chunked;q=1",
            "folded": b"Transfer-Encoding:\r\n chunked",
        }.items()
    },
    "P02_coding_in_http_10": (b"POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY, (400,)),
    **{
        f"P03_length_{name}": (H + line + b"\r\n\r\nhello", (400,))
        for name, line in {
            "two_different": b"Content-Length: 5\r\nContent-Length: 6",
            "two_equal": b"Content-Length: 5\r\nContent-Length: 5",
            "list": b"Content-Length: 5, 5",
            "plus": b"Content-Length: +5",
            "minus": b"Content-Length: -1",
            "hex": b"Content-Length: 0x5",
            "underscore": b"Content-Length: 5_0",
            "space_inside": b"Content-Length: 5 5",
            "arabic_digits": "Content-Length: \N{ARABIC-INDIC DIGIT FIVE}".encode(),
            "two_to_the_64": b"Content-Length: 18446744073709551616",
            "empty": b"Content-Length: ",
            "missing": b"Content-Length:",
        }.items()
    },
    "P04_bare_LF_everywhere": (b"POST /x HTTP/1.1\nHost: gw\nContent-Length: 5\n\nhello", (400,)),
    "P04_bare_LF_after_line": (b"POST /x HTTP/1.1\nHost: gw\r\n" + FIXED, (400,)),
    "P04_bare_LF_after_header": (b"POST /x HTTP/1.1\r\nHost: gw\nContent-Length: 5\r\n\r\nhello", (400,)),
    "P04_bare_LF_at_end": (b"POST /x HTTP/1.1\r\nHost: gw\r\nContent-Length: 5\r\n\nhello", (400,)),
    "P04_bare_CR_in_value": (H + b"X: a\rb\r\n" + FIXED, (400,)),
    "P04_bare_CR_as_line_end": (H + b"X: a\rContent-Length: 5\r\n\r\nhello", (400,)),
    "P04_CR_before_CRLF": (H + b"X: a\r\r\n" + FIXED, (400,)),
    "P04_NUL_in_value": (H + b"X: a\0b\r\n" + FIXED, (400,)),
    "P04_NUL_in_name": (H + b"X\0: a\r\n" + FIXED, (400,)),
    "P04_fold": (H + b"X: a\r\n b\r\n" + FIXED, (400,)),
    "P04_fold_with_tab": (H + b"X: a\r\n\tb\r\n" + FIXED, (400,)),
    "P04_fold_of_the_line": (b"POST /x HTTP/1.1\r\n Host: gw\r\n" + FIXED, (400,)),
    "P04_space_before_colon": (H + b"X : a\r\n" + FIXED, (400,)),
    "P04_space_in_name": (H + b"X Y: a\r\n" + FIXED, (400,)),
    "P04_empty_name": (H + b": a\r\n" + FIXED, (400,)),
    "P04_no_colon": (H + b"Xa\r\n" + FIXED, (400,)),
    "P04_no_token": (H + b"X(a): 1\r\n" + FIXED, (400,)),
    "P04_non_ascii_name": (H + b"X\xe9: 1\r\n" + FIXED, (400,)),
    "P04_control_character": (H + b"X: a\x01b\r\n" + FIXED, (400,)),
    "P04_escape_character": (H + b"X: a\x1bb\r\n" + FIXED, (400,)),
    "P04_delete_character": (H + b"X: a\x7fb\r\n" + FIXED, (400,)),
    **{
        f"P05_chunk_{name}": (CHUNKED + body, (400,))
        for name, body in {
            "hex_prefix": b"0x5\r\nhello\r\n0\r\n\r\n",
            "underscore": b"5_0\r\nhello\r\n0\r\n\r\n",
            "minus": b"-1\r\nhello\r\n0\r\n\r\n",
            "plus": b"+5\r\nhello\r\n0\r\n\r\n",
            "17_digits": b"00000000000000005\r\nhello\r\n0\r\n\r\n",
            "17_large_digits": b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
            "LF_in_extension": b"5;a\nb\r\nhello\r\n0\r\n\r\n",
            "CR_in_extension": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
            "LF_in_quoted_extension": b'5;a="b\nc"\r\nhello\r\n0\r\n\r\n',
            "NUL_in_extension": b"5;a\0b\r\nhello\r\n0\r\n\r\n",
            "1_MB_extension": b"5;" + b"a" * 1_000_000 + b"\r\nhello\r\n0\r\n\r\n",
            "endless_extension": b"5;" + b"a" * 100_000,
            "not_ended": b"5\r\nhelloXX0\r\n\r\n",
            "not_ended_at_all": b"5\r\nhello0\r\n\r\n",
            "ended_by_LF": b"5\r\nhello\n0\r\n\r\n",
            "ended_by_CR": b"5\r\nhello\r0\r\n\r\n",
            "size_ended_by_LF": b"5\nhello\r\n0\r\n\r\n",
            "space_after_size": b"5 \r\nhello\r\n0\r\n\r\n",
            "space_before_size": b" 5\r\nhello\r\n0\r\n\r\n",
            "no_size": b"\r\nhello\r\n0\r\n\r\n",
            "extension_alone": b";a\r\nhello\r\n0\r\n\r\n",
            "last_ended_by_LF": b"5\r\nhello\r\n0\n\n",
            "body_ended_by_LF": b"5\r\nhello\r\n0\r\n\n",
        }.items()
    },
    "P06_trailer_length": (CHUNKED + b"5\r\nhello\r\n0\r\nContent-Length: 7\r\n\r\n", (400,)),
    "P06_trailer_coding": (CHUNKED + b"5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n", (400,)),
    "P06_10000_trailers": (CHUNKED + b"0\r\n" + b"X-T: 1\r\n" * 10_000 + b"\r\n", (400, 431)),
    "P06_long_trailer": (CHUNKED + b"0\r\nX-T: " + b"1" * 100_000 + b"\r\n\r\n", (400, 431)),
    "P09_line_of_9_KiB": (get(b"/" + b"a" * 9216), (414,)),
    "P09_line_of_2_MiB": (get(b"/" + b"a" * (2 << 20)), (414,)),
    "P09_line_that_never_ends": (b"GET /" + b"a" * 20_000, (414,)),
    "P10_header_of_32_KiB": (H + b"X: " + b"a" * 32_768 + b"\r\n" + FIXED, (431,)),
    "P10_200_headers": (H + b"".join(b"X-%d: 1\r\n" % n for n in range(200)) + FIXED, (431,)),
    "P10_101_headers": (H + b"".join(b"X-%d: 1\r\n" % n for n in range(99)) + FIXED, (431,)),
    "P10_1_MiB": (H + b"".join(b"X-%d: %s\r\n" % (n, b"a" * 11_000) for n in range(96)) + FIXED, (431,)),
    "P10_header_that_never_ends": (H + b"X: " + b"a" * 100_000, (431,)),
    "P10_headers_that_never_end": (H + b"X: a\r\n" * 30_000, (431,)),
    "P11_absolute_target": (get(b"http://elsewhere.test/v1/chat/completions"), (400,)),
    "P11_absolute_own_target": (get(b"http://gw/x"), (400,)),
    **{
        f"P12_host_{name}": (get(b"/admin/keys", host=b"Host: " + host + b"\r\n"), (400,))
        for name, host in {
            "query": b"x/?",
            "fragment": b"x#",
            "path_query": b"x/v1/models?",
            "backslash": rb"x\@y",
            "encoded": b"x%2f",
            "encoded_at": b"x%40y",
        }.items()
    },
    "P13_host_missing": (get(b"/x", host=b""), (400,)),
    "P13_host_doubled": (get(b"/x", host=b"Host: gw\r\nHost: gw\r\n"), (400,)),
    "P13_host_doubled_in_other_case": (get(b"/x", host=b"Host: gw\r\nhOST: other\r\n"), (400,)),
    "P13_host_doubled_in_http_10": (get(b"/x", version=b"HTTP/1.0", host=b"Host: gw\r\nHost: a\r\n"), (400,)),
    **{
        f"P13_host_{name}": (get(b"/x", host=b"Host:" + host + b"\r\n"), (400,))
        for name, host in {
            "empty": b"",
            "blank": b"  ",
            "list": b" gw, gw",
            "userinfo": b" user@gw",
            "path": b" gw/x",
            "scheme": b" http://gw",
            "space_inside": b" gw other",
            "tab_inside": b" gw\tother",
            "non_ascii": b" g\xfcw",
            "port_with_letters": b" gw:80a",
            "two_ports": b" gw:80:80",
            "port_alone": b" :80",
            "bare_IPv6": b" ::1",
            "open_bracket": b" [::1",
            "bracketed_name": b" [gw]",
            "semicolon": b" gw;x",
            "quote": b' "gw"',
        }.items()
    },
    "P14_CONNECT": (b"CONNECT gw:443 HTTP/1.1\r\nHost: gw:443\r\n\r\n", (400, 405)),
    "P14_CONNECT_path": (get(b"/x", method=b"CONNECT"), (400, 405)),
    "P14_PRI": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 405, 501)),
    "P15_simple_request": (b"GET /x\r\n\r\n", (400, 505)),
    **{
        f"P15_version_{name}": (get(b"/x", version=version), (400, 505))
        for name, version in {
            "09": b"HTTP/0.9",
            "12": b"HTTP/1.2",
            "11": b"HTTP/11",
            "20": b"HTTP/2.0",
            "lower_case": b"http/1.1",
            "leading_zero": b"HTTP/01.1",
            "three_parts": b"HTTP/1.1.1",
            "RTSP": b"RTSP/1.0",
            "trailing_space": b"HTTP/1.1 ",
            "missing": b"",
        }.items()
    },
    "P15_ICE": (get(b"/x", version=b"ICE/1.0", method=b"SOURCE"), (400, 505)),
    "P15_1000_empty_lines": (b"\r\n" * 1000 + get(b"/x"), (400,)),
    "P15_empty_LF_line": (b"\n" + get(b"/x"), (400,)),
    "P15_lower_case_method": (get(b"/x", method=b"get"), (400, 501)),
    "P15_unknown_method": (get(b"/x", method=b"FOO"), (400, 501)),
    **{
        f"P15_target_{name}": (get(target), (400,))
        for name, target in {
            "star": b"*",
            "star_and_more": b"*x",
            "non_ascii": "/é".encode(),
            "latin_1": b"/\xe9",
            "control_character": b"/\x01",
            "NUL": b"/\0",
            "delete_character": b"/\x7f",
            "tab": b"/\tx",
            "space": b"/x y",
            "space_before": b" /x",
            "space_after": b"/x ",
            "fragment": b"/x#y",
            "no_slash": b"x",
            "query_alone": b"?x",
            "empty": b"",
        }.items()
    },
    "P15_OPTIONS_star": (get(b"*", method=b"OPTIONS"), (400,)),
    "P15_tab_after_method": (b"GET\t/x HTTP/1.1\r\nHost: gw\r\n\r\n", (400,)),
    "P18_other_expectation": (H + b"Expect: 200-ok\r\n" + FIXED, (417,)),
    "P18_two_expectations": (H + b"Expect: 100-continue\r\nExpect: 100-continue\r\n" + FIXED, (400, 417)),
    "P41_TLS_hello": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)), (400,)),
    "P41_random": (bytes((n * 167 + 13) % 256 for n in range(4096)), (400,)),
}

# The second member: the body that the application must see.
ACCEPTED: dict[str, tuple[bytes, bytes]] = {
    "P02_coding_in_upper_case": (H + b"Transfer-Encoding: CHUNKED\r\n\r\n" + BODY, b"hello"),
    "P02_coding_after_white_space": (H + b"Transfer-Encoding: \t chunked \r\n\r\n" + BODY, b"hello"),
    "P03_length_with_zeros": (H + b"Content-Length: 005\r\n\r\nhello", b"hello"),
    "P03_length_before_white_space": (H + b"Content-Length: 5 \t\r\n\r\nhello", b"hello"),
    "P03_length_zero": (H + b"Content-Length: 0\r\n\r\n", b""),
    "P03_length_00": (H + b"Content-Length: 00\r\n\r\n", b""),
    "P03_no_length": (H + b"\r\n", b""),
    "P04_non_ascii_value": (H + b"X: a\xffb\r\n" + FIXED, b"hello"),
    "P04_empty_value": (H + b"X:\r\n" + FIXED, b"hello"),
    "P05_chunk_extension": (CHUNKED + b'5;a=b;c="d"\r\nhello\r\n0;e\r\n\r\n', b"hello"),
    "P05_chunk_16_digits": (CHUNKED + b"0000000000000005\r\nhello\r\n0\r\n\r\n", b"hello"),
    "P05_chunk_in_parts": (CHUNKED + b"1\r\nh\r\n4\r\nello\r\n0\r\n\r\n", b"hello"),
    "P05_chunk_no_data": (CHUNKED + b"0\r\n\r\n", b""),
    "P06_trailers": (CHUNKED + b"5\r\nhello\r\n0\r\nAuthorization: Bearer other\r\nHost: other\r\n\r\n", b"hello"),
    "P09_line_of_8_KiB": (get(b"/" + b"a" * 8178), b""),
    "P10_100_headers": (H + b"".join(b"X-%d: 1\r\n" % n for n in range(98)) + FIXED, b"hello"),
    "P10_header_of_15_KiB": (H + b"X: " + b"a" * 15_000 + b"\r\n" + FIXED, b"hello"),
    "P13_host_with_port": (get(b"/x", host=b"Host: gw:8080\r\n"), b""),
    "P13_host_IPv4": (get(b"/x", host=b"Host: 127.0.0.1:8080\r\n"), b""),
    "P13_host_IPv6": (get(b"/x", host=b"Host: [::1]:8080\r\n"), b""),
    "P13_host_of_a_container": (get(b"/x", host=b"Host: llm_proxy.internal \r\n"), b""),
    "P14_TRACE": (get(b"/x", method=b"TRACE"), b""),
    "P14_upgrade_h2c": (
        H + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n" + FIXED,
        b"hello",
    ),
    "P14_upgrade_h2c_chunked": (
        H + b"Connection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY,
        b"hello",
    ),
    "P14_upgrade_websocket": (get(b"/x", host=b"Host: gw\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"), b""),
    "P15_one_empty_line": (b"\r\n" + get(b"/x"), b""),
    "P44_connection_names_headers": (
        H + b"Authorization: Bearer k\r\nConnection: authorization, content-length, host\r\n" + FIXED,
        b"hello",
    ),
    "P45_underscores": (
        H + b"Content_Length: 9\r\nTransfer_Encoding: chunked\r\nX_Forwarded_For: 1.2.3.4\r\n" + FIXED,
        b"hello",
    ),
}
