using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Tlog;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>One attestation: a member's signature over the header's text.</summary>
internal readonly record struct Attestation(RoutingId Admin, Bytes64 Signature);

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

    /// <summary>The members of the next height, where they are others; null where they stay.</summary>
    public Members? Next { get; init; }

    /// <summary>By admin; at least a quorum of the members.</summary>
    public required IReadOnlyList<Attestation> Attestations { get; init; }

    /// <summary>
    /// Whether everything in it fits together and a quorum of these members signed. The state root is theirs to vouch
    /// for: whoever doubts it folds.
    /// </summary>
    public bool IsValid(Genesis genesis, Members members, SignatureCheck? check = null)
    {
        if (Header.Genesis != genesis.Hash || Value.Genesis != genesis.Hash || Header.Height != Value.Height) return false;
        if (Rest.Hash != Header.Rest || Rest.Previous != Value.Previous || Rest.Vector != Value.VectorHash ||
            Rest.Rules != genesis.Rules || Rest.Members != (Next ?? members).Hash || Value.Vector.Count != members.Count ||
            Value.Heads.Count < members.Quorum || Value.Tick != Header.Tick) return false;
        return CountValid(members, check ?? Ed25519.Verify) >= members.Quorum;
    }

    private int CountValid(Members members, SignatureCheck check)
    {
        var text = Header.Text;
        var valid = 0;
        var last = default(RoutingId);
        foreach (var (admin, signature) in Attestations)
        {
            var place = members.PlaceOf(admin);
            if (place < 0 || admin <= last && valid > 0) return 0; // by admin, none twice, no strangers
            if (!check(members[place].Key, text, signature.ToArray())) return 0;
            (last, valid) = (admin, valid + 1);
        }

        return valid;
    }

    /// <summary>The file: what the rest hashes, the value, and the header as a signed note.</summary>
    public byte[] Write(Members members)
    {
        var others = string.Concat(Next?.All.Select(member => $"{member}\n") ?? []);
        var front = string.Create(CultureInfo.InvariantCulture,
            $"hawser/certificate/1 {Header.Genesis}\nPrevious: {Rest.Previous}\nVector: {Rest.Vector}\n" +
            $"Members: {Rest.Members}\nPending: {Rest.Pending}\nRules: {Rest.Rules}\n{others}" +
            $"Value: {Base64Url.EncodeToString(Value.Bytes)}\n\n");
        return [.. Encoding.UTF8.GetBytes(front), .. Note(members).Write()];
    }

    /// <summary>The header as a C2SP signed note.</summary>
    public SignedNote Note(Members members) => new(Header.ToString(),
    [
        .. from a in Attestations
           let key = members[members.PlaceOf(a.Admin)].NoteKey
           select new NoteSignature(key.Name, key.Id(), a.Signature.ToArray()),
    ]);

    /// <summary>Reads the file. The signatures are not checked yet: see <see cref="IsValid"/>.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> file, Members members, [NotNullWhen(true)] out TickCertificate? certificate)
    {
        certificate = null;
        var reader = new LineReader(file);
        if (file.Length > MaxSize || !reader.TryReadTitle("hawser/certificate/1"u8, out _) ||
            !reader.TryReadField("Previous"u8, out Bytes32 previous) ||
            !reader.TryReadField("Vector"u8, out Bytes32 vector) ||
            !reader.TryReadField("Members"u8, out Bytes32 next) ||
            !reader.TryReadField("Pending"u8, out Bytes32 pending) ||
            !reader.TryReadField("Rules"u8, out ulong rules) || rules > uint.MaxValue || !TryReadNext(ref reader, out var other) ||
            !reader.TryReadField("Value"u8, out ReadOnlySpan<byte> text) ||
            !CanonicalBase64.TryDecode(text, out var bytes) || !AgreedValue.TryRead(bytes, out var value) ||
            !reader.TryReadLine(out var blank) || !blank.IsEmpty) return false;

        if (!SignedNote.TryRead(file[reader.Position..], out var note) ||
            !Header.TryRead(Encoding.ASCII.GetBytes(note.Text), out var header)) return false;
        var attestations = new List<Attestation>();
        foreach (var (name, _, signature) in note.Signatures)
        {
            if (!RoutingId.TryParseCanonical(Encoding.ASCII.GetBytes(name), out var admin) ||
                members.PlaceOf(admin) < 0 || signature.Length != Bytes64.Size) return false;
            attestations.Add(new(admin, Bytes64.Read(signature)));
        }

        var read = new TickCertificate
        {
            Header = header, Rest = new(previous, vector, next, pending, (uint)rules), Value = value,
            Attestations = attestations, Next = other,
        };
        if (!file.SequenceEqual(read.Write(members))) return false; // other key IDs, other spellings
        if (other is not null && other.Hash == members.Hash) return false;
        certificate = read;
        return true;
    }

    // A list that is as before is left out, so there is one way to write a certificate; by IDs, so one list too.
    private static bool TryReadNext(ref LineReader reader, out Members? next)
    {
        next = null;
        var members = new List<Member>();
        while (reader.TryReadField("Admin"u8, out ReadOnlySpan<byte> value))
        {
            if (members.Count == Genesis.MaxAdmins || !Member.TryParse($"Admin: {Encoding.UTF8.GetString(value)}", out var member)) return false;
            members.Add(member);
        }

        if (members.Count == 0) return true;
        if (members.DistinctBy(m => m.Id).Count() < members.Count || members.DistinctBy(m => m.Key).Count() < members.Count) return false;
        next = new(members);
        return true;
    }
}
