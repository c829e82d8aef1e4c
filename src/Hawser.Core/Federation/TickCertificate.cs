using System.Globalization;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>One attestation: a member's signature over the header's text.</summary>
internal readonly record struct Attestation(AdminId Admin, byte[] Signature);

/// <summary>
/// A height, certified: the header with the signatures of a quorum, what its rest is the hash of, and the value that was
/// agreed on. Valid for anyone, from anyone. Spec: federation.md §4.5.
/// </summary>
internal sealed class TickCertificate
{
    public const int MaxSize = 256 << 10; // federation.md §6

    public required Header Header { get; init; }
    public required HeaderRest Rest { get; init; }

    /// <summary>V: the heads and the vector.</summary>
    public required AgreedValue Value { get; init; }

    /// <summary>By admin; at least a quorum of the members.</summary>
    public required IReadOnlyList<Attestation> Attestations { get; init; }

    /// <summary>
    /// Whether everything in it fits together and a quorum of these members signed. The state root is theirs to vouch
    /// for: whoever doubts it folds.
    /// </summary>
    public bool IsValid(Genesis genesis, Members members)
    {
        if (Header.Genesis != genesis.Hash || Value.Genesis != genesis.Hash || Header.Height != Value.Height) return false;
        if (Rest.Hash != Header.Rest || Rest.Previous != Value.Previous || Rest.Vector != Value.VectorHash ||
            Rest.Rules != genesis.Rules || Value.Vector.Count != members.Count ||
            Value.Heads.Count < members.Quorum || Value.Tick != Header.Tick) return false;
        return CountValid(members) >= members.Quorum;
    }

    private int CountValid(Members members)
    {
        var text = Header.Text;
        var valid = 0;
        var last = default(AdminId);
        foreach (var (admin, signature) in Attestations)
        {
            var place = members.PlaceOf(admin);
            if (place < 0 || admin <= last && valid > 0) return 0; // by admin, none twice, no strangers
            if (!Ed25519.Verify(members[place].Key, text, signature)) return 0;
            (last, valid) = (admin, valid + 1);
        }

        return valid;
    }

    /// <summary>The file: what the rest hashes, the value, and the header as a signed note.</summary>
    public byte[] Write(Members members)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"hawser/certificate/1 {Header.Genesis}\n");
        text.Append(CultureInfo.InvariantCulture, $"Previous: {Rest.Previous}\nVector: {Rest.Vector}\n");
        text.Append(CultureInfo.InvariantCulture, $"Members: {Rest.Members}\nPending: {Rest.Pending}\n");
        text.Append(CultureInfo.InvariantCulture, $"Rules: {Rest.Rules}\nValue: {Convert.ToBase64String(Value.Bytes)}\n\n");
        text.Append(Note(members));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The header as a C2SP signed note.</summary>
    public string Note(Members members)
    {
        var text = new StringBuilder(Header.ToString()).Append('\n');
        foreach (var (admin, signature) in Attestations)
        {
            var id = KeyId(admin, members[members.PlaceOf(admin)].Key);
            text.Append(CultureInfo.InvariantCulture, $"— {admin} {Convert.ToBase64String([.. id, .. signature])}\n");
        }

        return text.ToString();
    }

    /// <summary>Reads the file. The signatures are not checked yet: see <see cref="IsValid"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> file, Members members, out TickCertificate certificate)
    {
        certificate = null!;
        var reader = new FieldReader(file);
        if (file.Length > MaxSize || !reader.TryTakeBytes32("hawser/certificate/1 "u8, out _) ||
            !reader.TryTakeBytes32("Previous: "u8, out var previous) || !reader.TryTakeBytes32("Vector: "u8, out var vector) ||
            !reader.TryTakeBytes32("Members: "u8, out var next) || !reader.TryTakeBytes32("Pending: "u8, out var pending) ||
            !reader.TryTakeNumber("Rules: "u8, uint.MaxValue, out var rules) ||
            !reader.TryTakeBase64("Value: "u8, out var bytes) || !AgreedValue.TryRead(bytes, out var value) ||
            !reader.TryTake(""u8, out var blank) || !blank.IsEmpty) return false;

        var split = reader.Rest.IndexOf("\n\n"u8);
        if (split < 0 || !Header.TryRead(reader.Rest[..(split + 1)], out var header)) return false;
        var signatures = new FieldReader(reader.Rest[(split + 2)..]);
        var attestations = new List<Attestation>();
        while (signatures.TryTake("— "u8, out var line))
        {
            if (line.Length <= AdminId.Size || !AdminId.TryParse(line[..AdminId.Size], out var admin) ||
                line[AdminId.Size] != (byte)' ' || members.PlaceOf(admin) is var place && place < 0 ||
                !FieldReader.TryDecode(line[(AdminId.Size + 1)..], out var signature) ||
                signature.Length != 4 + SigningKey.SignatureSize ||
                !signature.AsSpan(0, 4).SequenceEqual(KeyId(admin, members[place].Key))) return false;
            attestations.Add(new(admin, signature[4..]));
        }

        if (!signatures.AtEnd || attestations.Count > members.Count) return false;
        certificate = new()
        {
            Header = header, Rest = new(previous, vector, next, pending, (uint)rules), Value = value, Attestations = attestations,
        };
        return file.SequenceEqual(certificate.Write(members));
    }

    /// <summary>C2SP signed-note: the first bytes of SHA-256(name ‖ LF ‖ 01 ‖ key).</summary>
    private static byte[] KeyId(in AdminId admin, in VerifyKey key)
    {
        Span<byte> bytes = stackalloc byte[AdminId.Size + 2 + Bytes32.Size];
        admin.CopyTo(bytes);
        (bytes[AdminId.Size], bytes[AdminId.Size + 1]) = ((byte)'\n', 1);
        key.Bytes.CopyTo(bytes[(AdminId.Size + 2)..]);
        return Sha256.Hash(bytes).ToArray()[..4];
    }
}
