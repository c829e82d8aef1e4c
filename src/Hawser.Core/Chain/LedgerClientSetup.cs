using Hawser.Crypto;

namespace Hawser.Chain;

/// <summary>What a client of the ledger is made with.</summary>
internal sealed record LedgerClientSetup
{
    public required LedgerNetwork Network { get; init; }

    /// <summary>The chain key of our card.</summary>
    public required LedgerKeyPair Own { get; init; }

    /// <summary>The channel key of our card.</summary>
    public required DhPublicKey Channel { get; init; }

    /// <summary>Where we wait, when nobody says where; null if that is not known.</summary>
    public required Func<HostPort?> OwnAddress { get; init; }

    /// <summary>Whether an address that a peer names may be dialled: rendezvous.md §5.4.</summary>
    public required Func<HostPort, bool> MayDial { get; init; }

    /// <summary>Checks the certificates that messages carry; null where nothing is known to check them by.</summary>
    public Func<CertificateCheck?> Certificates { get; init; } = static () => null;

    /// <summary>Whether an address that nobody certifies is refused, and with it every compact message that names one.</summary>
    public bool RequiresProof { get; init; }

    /// <summary>Whether contacts are answered without asking, within the limits below.</summary>
    public bool AcceptsContacts { get; init; }

    /// <summary>Whether invitations of strangers are kept for a look; no answer goes out by itself.</summary>
    public bool HearsStrangers { get; init; }

    /// <summary>Satoshi that a stranger's transaction has to pay to our chain key to be kept.</summary>
    public ulong MinStrangerPayment { get; init; } = OwnCoins.Dust;

    /// <summary>Answers without asking, for one contact in 24 hours.</summary>
    public int AcceptsPerDay { get; init; } = 3; // chain.md §6

    /// <summary>Satoshi for one answer without asking.</summary>
    public ulong MaxFee { get; init; } = 5_000;

    /// <summary>Satoshi for all of them in 24 hours.</summary>
    public ulong DailyFee { get; init; } = 20_000;
}
