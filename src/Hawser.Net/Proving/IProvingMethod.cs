using Hawser.Proof;

namespace Hawser.Net.Proving;

/// <summary>The client's side of one way to prove an address. What is common to all is in <see cref="ProvingSession"/>.</summary>
internal interface IProvingMethod
{
    /// <summary>As <c>sp3 prove --method</c> takes it.</summary>
    string Name { get; }

    AddressMethod Method { get; }

    /// <summary>Whether it needs nothing from the user beside the hub: such a one is taken where none was named.</summary>
    bool IsUnattended => true;

    /// <summary>Where at the hub stands a list that it starts from; null if it needs none. It is asked for with what the hub says of itself.</summary>
    string? ListPath => null;

    /// <summary>Goes through with it.</summary>
    /// <exception cref="HawserException">What did not work, and what helps.</exception>
    Task<AddressCertificate> ProveAsync(ProvingSession session, CancellationToken cancel);
}

/// <summary>All ways that this program knows; each stands in a file of its own.</summary>
internal static class ProvingMethods
{
    public static IReadOnlyList<IProvingMethod> All { get; } =
    [
        new ListeningMethod(),
        new DirectMethod(),
        new NotaryMethod(),
        new ReflectionMethod(),
    ];

    public static IProvingMethod? Find(string name) => All.FirstOrDefault(method => method.Name == name);

    public static string NameOf(AddressMethod method) => All.FirstOrDefault(known => known.Method == method)?.Name ?? method switch
    {
        AddressMethod.Direct => "direct",
        AddressMethod.ListeningSocket => "listening",
        AddressMethod.RequestReflection => "reflection",
        AddressMethod.WebNotary => "notary",
    };
}
