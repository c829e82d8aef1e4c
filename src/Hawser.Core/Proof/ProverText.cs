using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>Where things are at a prover's URL. Spec: address.md §4.7.</summary>
internal static class ProverPaths
{
    public const string Place = "/v1/address";
    public const string Ask = "/v1/address/ask";
    public const string Answer = "/v1/address/answer";
    public const string Senders = "/sp3";
    public const int MaxOptions = 512; // address.md §6: bytes behind a request
    public const int MaxEvidence = 4_096; // address.md §6: bytes behind an answer
}

/// <summary>What a prover says of itself: nothing that has to be believed, as what it certifies is signed. Spec: address.md §4.7.</summary>
/// <param name="Genesis">Its federation.</param>
/// <param name="Admin">Whose word its certificates are.</param>
/// <param name="Stun">From where its challenges and what senders hand in come; null if it sends none.</param>
/// <param name="Methods">Those that it serves, ascending.</param>
internal sealed record ProverText(Bytes32 Genesis, RoutingId Admin, HostPort? Stun, IReadOnlyList<AddressMethod> Methods)
{
    public const int MaxSize = 512; // address.md §6
    private const string None = "none";

    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out ProverText? prover)
    {
        prover = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadTitle("hawser/prover/1"u8, out var genesis)
            || !reader.TryReadField("Admin"u8, out ReadOnlySpan<byte> admin) || !RoutingId.TryParseCanonical(admin, out var id)
            || !reader.TryReadField("Stun"u8, out ReadOnlySpan<byte> stun)
            || !reader.TryReadField("Methods"u8, out ReadOnlySpan<byte> methods) || !reader.AtEnd) return false;
        HostPort? at = null;
        if (!stun.SequenceEqual("none"u8))
        {
            if (!LineReader.IsPlain(stun) || !HostPort.TryParse(Encoding.UTF8.GetString(stun), out var place) || place.Port == 0) return false;
            at = place;
        }

        var served = new List<AddressMethod>();
        foreach (var digit in methods)
        {
            if (digit is < (byte)'0' or > (byte)'3' || (served.Count > 0 && digit - '0' <= (int)served[^1])) return false;
            served.Add((AddressMethod)(digit - '0'));
        }

        prover = new(genesis, id, at, served);
        return true;
    }

    public byte[] Write() => Encoding.UTF8.GetBytes(
        $"hawser/prover/1 {Genesis}\nAdmin: {Admin}\nStun: {Stun?.ToString() ?? None}\n" +
        $"Methods: {string.Concat(Methods.Select(method => (char)('0' + (int)method)))}\n");
}
