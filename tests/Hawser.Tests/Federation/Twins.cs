using System.Globalization;
using System.Text;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Tests.Federation;

/// <summary>
/// Two owners whose deeds hash to one slot: what chance gives one pair in a world of claims, a search of half a million
/// notes gives a test. The notes found are written down here; when a format changes they are searched again.
/// </summary>
internal sealed class Twins
{
    private const int NoteA = 372_032, NoteB = 201_848;

    public Twins()
    {
        World = new(seed: 7);
        var (a, b) = (new Owner(World, 0), new Owner(World, 1));
        var (noteA, noteB) = (NoteA, NoteB);
        if (a.SlotOf(noteA) != b.SlotOf(noteB))
        {
            (noteA, noteB) = Search(a, b);
            throw new InvalidOperationException($"formats have changed: the notes are now {noteA} and {noteB}");
        }

        (A, B) = (a.Claim(noteA), b.Claim(noteB));
    }

    public ClaimWorld World { get; }
    public (SealedClaim Sealed, Deed Deed, byte[] Reveal, SigningKey Key) A { get; }
    public (SealedClaim Sealed, Deed Deed, byte[] Reveal, SigningKey Key) B { get; }

    private static (int A, int B) Search(Owner a, Owner b)
    {
        var slots = new Dictionary<ulong, int>();
        for (var note = 0; note < 400_000; note++) slots[a.SlotOf(note)] = note;
        for (var note = 0; ; note++)
            if (slots.TryGetValue(b.SlotOf(note), out var other)) return (other, note);
    }

    private sealed class Owner
    {
        private readonly SigningKey _claimKey;
        private readonly SealKey _sealKey;
        private readonly ClaimTicket _ticket;
        private readonly DeedFields _fields;

        public Owner(ClaimWorld world, int admin)
        {
            _claimKey = SigningKey.Generate(world.Random);
            _sealKey = new(world.Random.Seed32());
            _ticket = world.Ticket(admin, _sealKey);
            _fields = Claiming.Fields(world, _ticket, _claimKey.Public, "twin");
        }

        /// <summary>The slot without the checks of <see cref="Deed"/>, which would take minutes here.</summary>
        public ulong SlotOf(int note)
        {
            var body = Encoding.UTF8.GetBytes(WithNote(note).ToText());
            byte[] above = [.. body, .. Encoding.UTF8.GetBytes($"Self-Signature: {Bytes64.Read(_claimKey.Sign(body))}\n")];
            return RoutingId.Of(_ticket.Timestamp, Base36.OfHash(Sha256.Hash(above.AsSpan()))).Value;
        }

        public (SealedClaim, Deed, byte[], SigningKey) Claim(int note)
        {
            var deed = Deed.Sign(WithNote(note), _claimKey);
            var claim = SealedClaim.Seal(deed, _ticket, _sealKey, _claimKey);
            return (claim, deed, Reveal.Sign(claim.Genesis, claim.Identity, _sealKey.Seed, _claimKey).Write(), _claimKey);
        }

        private DeedFields WithNote(int note) => _fields with { Notes = note.ToString(CultureInfo.InvariantCulture) };
    }
}
