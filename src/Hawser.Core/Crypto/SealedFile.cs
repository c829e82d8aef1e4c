using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>
/// What a file that a passphrase locks begins with: how to derive its key, and what shows that the key is right.
/// Spec: backup.md §4.1.
/// </summary>
/// <remarks><code>
/// | "HWBK" (4) | ver=1 (1) | kind (1) | operations (4) | memory in KiB (4) | salt (16) | nonce prefix (16) | check (16) | SHA-256 of all before [0..8] (8) |
/// </code></remarks>
internal sealed record SealedFileHeader(byte Kind, uint Operations, uint MemoryKib, Token16 Salt, Token16 Prefix, Token16 Check)
{
    public const int Size = Associated + Token16.Size + SumSize;
    public const uint MinMemoryKib = 8_192, MaxMemoryKib = 1_048_576; // backup.md §6
    public const uint MaxOperations = 16; // backup.md §6
    internal const int Associated = 4 + 1 + 1 + 4 + 4 + 2 * Token16.Size;
    private const int SumSize = 8;
    private const byte Version = 1;

    public byte[] Write()
    {
        var bytes = new byte[Size];
        var writer = new SpanWriter(bytes);
        writer.Write(Above());
        writer.Write(Check.ToArray());
        writer.Write(Sha256.Hash(bytes.AsSpan(..writer.Written)).ToArray().AsSpan(..SumSize));
        return bytes;
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SealedFileHeader? header)
    {
        header = null;
        var reader = new SpanReader(bytes);
        if (bytes.Length != Size || !reader.TryTake(4, out var magic) || !magic.SequenceEqual("HWBK"u8)
            || !reader.TryReadU8(out var version) || version != Version || !reader.TryReadU8(out var kind)
            || !reader.TryReadU32(out var operations) || operations is 0 or > MaxOperations
            || !reader.TryReadU32(out var memory) || memory is < MinMemoryKib or > MaxMemoryKib
            || !reader.TryTake(Token16.Size, out var salt) || !reader.TryTake(Token16.Size, out var prefix)
            || !reader.TryTake(Token16.Size, out var check)
            || !reader.Rest.SequenceEqual(Sha256.Hash(bytes[..^SumSize]).ToArray().AsSpan(..SumSize))) return false;
        header = new(kind, operations, memory, Token16.Read(salt), Token16.Read(prefix), Token16.Read(check));
        return true;
    }

    /// <summary>All that the key depends on, and all that each chunk is bound to.</summary>
    internal byte[] Above()
    {
        var bytes = new byte[Associated];
        var writer = new SpanWriter(bytes);
        writer.Write("HWBK"u8);
        writer.WriteU8(Version);
        writer.WriteU8(Kind);
        writer.WriteU32(Operations);
        writer.WriteU32(MemoryKib);
        writer.Write(Salt.ToArray());
        writer.Write(Prefix.ToArray());
        return bytes;
    }
}

/// <summary>
/// A file that a passphrase locks: chunks in an order that cannot be changed, and an end that cannot be cut.
/// Spec: backup.md §4.2.
/// </summary>
internal sealed class SealedFile
{
    public const int ChunkSize = 65_536; // backup.md §6
    public const int TagSize = 16;
    private const int NonceSize = 24;
    private const byte More = 0, Last = 1, Only = 2; // Only: the check of the key

    private readonly Bytes32 _key;
    private readonly byte[] _above;
    private readonly Token16 _prefix;
    private ulong _next = 1;

    private SealedFile(in Bytes32 key, SealedFileHeader header) => (_key, _above, _prefix) = (key, header.Above(), header.Prefix);

    /// <summary>Draws salt and nonces, and derives the key: that takes a while, on purpose.</summary>
    public static (SealedFile File, SealedFileHeader Header) Create(
        byte kind, ReadOnlySpan<byte> passphrase, uint operations, uint memoryKib, IEntropy entropy)
    {
        Span<byte> random = stackalloc byte[2 * Token16.Size];
        entropy.Fill(random);
        var header = new SealedFileHeader(kind, operations, memoryKib, Token16.Read(random[..Token16.Size]), Token16.Read(random[Token16.Size..]), default);
        var file = new SealedFile(KeyOf(passphrase, header), header);
        var check = new byte[TagSize];
        Interop.SealXChaCha(file._key, file.Nonce(0), file.Bound(Only), [], check);
        return (file, header with { Check = Token16.Read(check) });
    }

    /// <summary>Null if the passphrase is another.</summary>
    public static SealedFile? Open(SealedFileHeader header, ReadOnlySpan<byte> passphrase)
    {
        var file = new SealedFile(KeyOf(passphrase, header), header);
        return Interop.TryOpenXChaCha(file._key, file.Nonce(0), file.Bound(Only), header.Check.ToArray(), []) ? file : null;
    }

    /// <summary>Seals the next chunk: of the full size, unless it is the last.</summary>
    public byte[] Seal(ReadOnlySpan<byte> plain, bool last)
    {
        if (plain.Length != ChunkSize && (!last || plain.Length > ChunkSize)) throw new ArgumentException("a short chunk in the middle", nameof(plain));
        var box = new byte[plain.Length + TagSize];
        Interop.SealXChaCha(_key, Nonce(_next), Bound(last ? Last : More), plain, box);
        _next++;
        return box;
    }

    /// <summary>Opens the next chunk; false if a bit of it, or its place, is another.</summary>
    public bool TryOpen(ReadOnlySpan<byte> box, bool last, Span<byte> plain)
    {
        if (box.Length < TagSize || box.Length > ChunkSize + TagSize || plain.Length != box.Length - TagSize
            || !Interop.TryOpenXChaCha(_key, Nonce(_next), Bound(last ? Last : More), box, plain)) return false;
        _next++;
        return true;
    }

    private static Bytes32 KeyOf(ReadOnlySpan<byte> passphrase, SealedFileHeader header)
    {
        var key = default(Bytes32);
        Interop.DerivePassword(key, passphrase, header.Salt.ToArray(), header.Operations, (nuint)header.MemoryKib * 1024);
        return key;
    }

    private byte[] Nonce(ulong number)
    {
        var nonce = new byte[NonceSize];
        _prefix.ToArray().CopyTo(nonce, 0);
        BinaryPrimitives.WriteUInt64BigEndian(nonce.AsSpan(Token16.Size), number);
        return nonce;
    }

    private byte[] Bound(byte place) => [.. _above, place];
}
