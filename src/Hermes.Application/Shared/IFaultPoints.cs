namespace Hermes.Application.Shared;

/// <summary>
/// Named places between two steps of money-moving work. In production reaching one does nothing; a test's
/// implementation ends the process there, to show that every step can be the last.
/// </summary>
public interface IFaultPoints
{
    /// <summary>The work has come to this place.</summary>
    /// <param name="name">For instance <c>award.after_hold</c>.</param>
    void Reach(string name);
}
