using Hawser.Transport;

namespace Hawser.Session;

/// <summary>
/// Which of several channels with one peer to send on. Both ends choose alike, so the others fall idle and the hosts
/// of those close them. Spec: session.md §5.3.
/// </summary>
internal static class ChannelChoice
{
    /// <summary>Whether to send on this one rather than on the other.</summary>
    public static bool IsBetter(ConnectionInfo one, ConnectionInfo other) =>
        Rank(one.Route.Kind) != Rank(other.Route.Kind)
            ? Rank(one.Route.Kind) < Rank(other.Route.Kind)
            : one.Exporter.CompareTo(other.Exporter) < 0;

    private static int Rank(RouteKind kind) => kind switch { RouteKind.Udp => 0, RouteKind.Line => 1, _ => 2 };
}
