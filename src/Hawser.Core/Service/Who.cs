using System.Buffers;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Service;

/// <summary>Whom a service is for: one peer, all contacts, or anyone.</summary>
internal abstract record Who
{
    private const int IdLength = 10; // of a routing ID: naming.md §3

    private static readonly SearchValues<char> IdDigits = SearchValues.Create(Base36.Digits);

    private Who() { }

    /// <summary>The peer that holds a channel key.</summary>
    internal sealed record Key(DhPublicKey Channel) : Who
    {
        public override string ToString() => $"key:{Channel}";
    }

    /// <summary>Whoever owns a routing ID when he calls.</summary>
    internal sealed record Owner(string RoutingId) : Who
    {
        public override string ToString() => RoutingId;
    }

    /// <summary>Every peer in the contact list.</summary>
    internal sealed record Contacts : Who
    {
        public override string ToString() => "contacts";
    }

    /// <summary>Every peer that gets through.</summary>
    internal sealed record Anyone : Who
    {
        public override string ToString() => "anyone";
    }

    /// <summary>Whether a caller is one of these.</summary>
    public bool Includes(in Caller caller) => this switch
    {
        Key key => key.Channel == caller.Key,
        Owner owner => owner.RoutingId == caller.RoutingId,
        Contacts => caller.IsContact,
        Anyone => true,
        _ => false, // the constructor is private: there is no other
    };

    /// <summary>Reads what <see cref="object.ToString"/> writes: the stored form. Petnames are the shell's to resolve.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Who? who)
    {
        who = text switch
        {
            "contacts" => new Contacts(),
            "anyone" => new Anyone(),
            _ when text.StartsWith("key:") && DhPublicKey.TryParse(text["key:".Length..], out var key) => new Key(key),
            { Length: IdLength } when !text.ContainsAnyExcept(IdDigits) => new Owner(text.ToString()),
            _ => null,
        };
        return who is not null;
    }
}

/// <summary>Who knocks, as the handshake and the store know him.</summary>
/// <param name="Key">The channel key that he proved.</param>
/// <param name="RoutingId">The ID that he proved; null if none.</param>
/// <param name="IsContact">Whether he is in the contact list.</param>
internal readonly record struct Caller(DhPublicKey Key, string? RoutingId, bool IsContact);
