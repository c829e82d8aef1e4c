namespace Hawser.Proof;

/// <summary>The attributes that we write or heed, of RFC 8489, 5780 and 3489. Below 0x8000 a reader has to know them.</summary>
internal enum StunAttribute : ushort
{
    MappedAddress = 0x0001,
    ChangeRequest = 0x0003,
    SourceAddress = 0x0004, // RFC 3489; ResponseOrigin since
    ChangedAddress = 0x0005, // RFC 3489; OtherAddress since
    UserName = 0x0006,
    MessageIntegrity = 0x0008,
    ErrorCode = 0x0009,
    UnknownAttributes = 0x000A,
    Realm = 0x0014,
    Nonce = 0x0015,
    MessageIntegritySha256 = 0x001C,
    PasswordAlgorithm = 0x001D,
    UserHash = 0x001E,
    XorMappedAddress = 0x0020,
    Priority = 0x0024,
    UseCandidate = 0x0025,
    Padding = 0x0026,
    ResponsePort = 0x0027,
    Software = 0x8022,
    AlternateServer = 0x8023,
    Fingerprint = 0x8028,
    ResponseOrigin = 0x802B,
    OtherAddress = 0x802C,
    Cookie = 0xC001, // our own, of the part for anybody: address.md §5.2
}

/// <summary>What a message is; method Binding only.</summary>
internal enum StunKind : ushort
{
    Request = 0x0001,
    Indication = 0x0011,
    Success = 0x0101,
    Error = 0x0111,
}
