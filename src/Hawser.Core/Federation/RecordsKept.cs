using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// What an admin says of the records that it keeps: everything, or of other admins' logs only what is in force and what
/// came lately. From names the logs whose beginning is not here, each with the first leaf that is. Spec: federation.md §4.8.
/// </summary>
internal sealed record RecordsKept(
    Bytes32 Genesis, RoutingId Admin, bool IsFull, IReadOnlyList<(RoutingId Log, ulong First)> From, Bytes64 Signature)
{
    public const int MaxSize = 8_192; // federation.md §6

    public static RecordsKept Sign(in Bytes32 genesis, RoutingId admin, SigningKey key, bool isFull, IReadOnlyList<(RoutingId Log, ulong First)> from) =>
        new(genesis, admin, isFull, from, Bytes64.Read(key.Sign(Encoding.ASCII.GetBytes(Above(genesis, admin, isFull, from)))));

    public bool IsSignedBy(in VerifyKey adminKey) =>
        Ed25519.Verify(adminKey, Encoding.ASCII.GetBytes(Above(Genesis, Admin, IsFull, From)), Signature.ToArray());

    public byte[] Write() => Encoding.ASCII.GetBytes($"{Above(Genesis, Admin, IsFull, From)}Signature: {Signature}\n");

    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out RecordsKept? kept)
    {
        kept = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadTitle("hawser/records/1"u8, out var genesis)
            || !reader.TryReadField("Admin"u8, out ReadOnlySpan<byte> value) || !RoutingId.TryParseCanonical(value, out var admin)
            || !reader.TryReadField("Keeps"u8, out value) || !(value.SequenceEqual("full"u8) || value.SequenceEqual("partial"u8))) return false;
        var isFull = value.Length == 4;
        List<(RoutingId Log, ulong First)> from = [];
        while (reader.TryReadField("From"u8, out value))
        {
            const int name = RoutingId.Size + 1;
            if (isFull || value.Length < name + 2 || value[name] != ' ' || !RoutingId.TryParseCanonical(value[..name], out var log)
                || !LineReader.TryParseDecimal(value[(name + 1)..], out var first) || first == 0 || from.Count > 0 && log <= from[^1].Log) return false;
            from.Add((log, first));
        }

        if (!reader.TryReadField("Signature"u8, out Bytes64 signature) || !reader.AtEnd) return false;
        kept = new(genesis, admin, isFull, from, signature);
        return true;
    }

    private static string Above(in Bytes32 genesis, RoutingId admin, bool isFull, IReadOnlyList<(RoutingId Log, ulong First)> from) =>
        $"hawser/records/1 {genesis}\nAdmin: {admin}\nKeeps: {(isFull ? "full" : "partial")}\n"
        + string.Concat(from.Select(log => string.Create(CultureInfo.InvariantCulture, $"From: {log.Log} {log.First}\n")));
}
